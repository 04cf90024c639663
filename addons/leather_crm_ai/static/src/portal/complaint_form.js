import { registry } from "@web/core/registry";
import { session } from "@web/session";
import { Interaction } from "@web/public/interaction";

const MAX_SIDE = 1920;
const QUALITY = 0.85;
const TYPES = ["image/jpeg", "image/png"];

/**
 * Sends a complaint without leaving the page, so that nothing is lost when something is wrong with it or the
 * connection breaks: neither the text nor the photos. Photos are made smaller first, for slow connections.
 * Without JavaScript the form works too; only photos must then be chosen again.
 */
export class ComplaintForm extends Interaction {
    static selector = ".o_leather_complaint_form";
    dynamicContent = {
        _root: { "t-on-submit.capture": this.onSubmit },
        "input[name=photos]": { "t-on-change": this.onPhotosChosen },
        ".o_leather_photos": { "t-on-click": this.onPhotosClick },
    };

    setup() {
        this.photos = [];
        this.inputEl = this.el.querySelector("input[name=photos]");
        this.listEl = this.el.querySelector(".o_leather_photos");
        const { maxPhotos, maxBytes } = this.inputEl.closest("[data-max-photos]").dataset;
        this.maxPhotos = Number(maxPhotos);
        this.maxBytes = Number(maxBytes);
        for (const el of this.el.querySelectorAll(".o_leather_without_script")) {
            el.classList.add("d-none");
        }
    }

    destroy() {
        for (const photo of this.photos) {
            URL.revokeObjectURL(photo.url);
        }
    }

    say(key) {
        return this.el.querySelector(`[data-text="${key}"]`).textContent.trim();
    }

    // ------------------------------------------------------------
    // Photos
    // ------------------------------------------------------------

    async onPhotosChosen() {
        const files = [...this.inputEl.files];
        this.inputEl.value = ""; // what counts is the list below; the same file may be chosen again
        const problems = [];
        for (const file of files) {
            if (this.photos.length >= this.maxPhotos) {
                problems.push(this.say("count"));
                break;
            }
            const problem = await this.waitFor(this.addPhoto(file));
            if (problem) {
                problems.push(problem);
            }
        }
        this.showError("photos", problems.join(" "));
    }

    async addPhoto(file) {
        const blob = await shrink(file);
        if (!TYPES.includes(blob.type)) {
            return `${this.say("type")} ${file.name}`;
        }
        if (blob.size > this.maxBytes) {
            return `${this.say("size")} ${file.name}`;
        }
        const photo = { name: file.name, blob, url: URL.createObjectURL(blob) };
        this.photos.push(photo);
        this.listEl.append(this.drawPhoto(photo));
    }

    drawPhoto(photo) {
        const itemEl = document.createElement("li");
        const imageEl = document.createElement("img");
        imageEl.src = photo.url;
        imageEl.alt = photo.name;
        const buttonEl = document.createElement("button");
        buttonEl.type = "button";
        buttonEl.className = "btn btn-sm btn-dark rounded-circle";
        buttonEl.title = this.say("remove");
        buttonEl.setAttribute("aria-label", `${this.say("remove")} ${photo.name}`);
        buttonEl.textContent = "×";
        itemEl.append(imageEl, buttonEl);
        photo.el = itemEl;
        return itemEl;
    }

    onPhotosClick(ev) {
        const buttonEl = ev.target.closest("button");
        const photo = buttonEl && this.photos.find((one) => one.el.contains(buttonEl));
        if (photo) {
            URL.revokeObjectURL(photo.url);
            photo.el.remove();
            this.photos = this.photos.filter((one) => one !== photo);
            this.showError("photos", "");
        }
    }

    // ------------------------------------------------------------
    // Sending
    // ------------------------------------------------------------

    async onSubmit(ev) {
        ev.preventDefault();
        ev.stopImmediatePropagation(); // a captcha would send the form itself, without the photos
        const buttonEl = this.el.querySelector("button[type=submit]");
        if (buttonEl.disabled) {
            return;
        }
        buttonEl.disabled = true;
        this.el.setAttribute("aria-busy", "true");
        const answer = await this.waitFor(this.send());
        if (answer.redirect) {
            window.location.assign(answer.redirect); // the button stays disabled: the page is left
            return;
        }
        this.el.removeAttribute("aria-busy");
        buttonEl.disabled = false;
        this.showErrors(answer.errors);
    }

    async send() {
        let response;
        try {
            response = await this.post();
            if (isTooOld(response) && (await this.renew())) {
                response = await this.post();
            }
        } catch {
            return { errors: { form: this.say("offline") } };
        }
        try {
            return await response.json();
        } catch {
            return { errors: { form: this.say(isTooOld(response) ? "old" : "broken") } };
        }
    }

    async post() {
        return fetch(this.el.getAttribute("action"), {
            method: "POST",
            headers: { "X-Requested-With": "XMLHttpRequest" },
            body: await this.collect(),
        });
    }

    /** A page that was open for long has a key that no longer counts: take that of a new page. */
    async renew() {
        const response = await fetch(window.location.href);
        const page = new DOMParser().parseFromString(await response.text(), "text/html");
        const keyEl = page.querySelector(".o_leather_complaint_form input[name=csrf_token]");
        if (keyEl) {
            this.el.querySelector("input[name=csrf_token]").value = keyEl.value;
        }
        return Boolean(keyEl);
    }

    async collect() {
        const data = new FormData(this.el);
        data.delete("photos");
        for (const photo of this.photos) {
            data.append("photos", photo.blob, photo.name);
        }
        const token = await getCaptchaToken(this.el.dataset.captcha);
        if (token) {
            data.set("recaptcha_token_response", token);
        }
        return data;
    }

    // ------------------------------------------------------------
    // What is wrong
    // ------------------------------------------------------------

    showErrors(errors) {
        for (const errorEl of this.el.querySelectorAll("[data-error]")) {
            this.showError(errorEl.dataset.error, errors[errorEl.dataset.error] || "");
        }
        const summaryEl = this.el.querySelector("[data-error-summary]");
        summaryEl.classList.remove("d-none");
        summaryEl.querySelector("[data-text=errors]").classList.toggle("d-none", "form" in errors);
        const firstEl = this.el.querySelector(".is-invalid") || summaryEl;
        firstEl.focus({ preventScroll: true });
        summaryEl.scrollIntoView({ block: "center" });
    }

    showError(name, text) {
        this.el.querySelector(`[data-error="${name}"]`).textContent = text;
        this.el.querySelector(`[name="${name}"]`)?.classList.toggle("is-invalid", Boolean(text));
    }
}

/** The key of the form no longer counts, or the user is no longer logged in. */
function isTooOld(response) {
    return response.status === 400 || new URL(response.url).pathname.endsWith("/web/login");
}

/** The photo with its longest side at most 1,920 pixels; as it is when the browser cannot read it. */
async function shrink(file) {
    try {
        const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
        const scale = Math.min(1, MAX_SIDE / Math.max(picture.width, picture.height));
        const canvas = document.createElement("canvas");
        canvas.width = Math.round(picture.width * scale);
        canvas.height = Math.round(picture.height * scale);
        const context = canvas.getContext("2d");
        context.fillStyle = "white"; // behind what is transparent
        context.fillRect(0, 0, canvas.width, canvas.height);
        context.drawImage(picture, 0, 0, canvas.width, canvas.height);
        picture.close();
        const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
        return blob && (blob.size < file.size || !TYPES.includes(file.type)) ? blob : file;
    } catch {
        return file;
    }
}

/** Google's token, where that app of Odoo is installed and set up. */
async function getCaptchaToken(action) {
    const module = action && session.recaptcha_public_key && odoo.loader.modules.get("@google_recaptcha/js/recaptcha");
    if (!module) {
        return "";
    }
    const captcha = new module.ReCaptcha();
    await captcha.loadLibs();
    return (await captcha.getToken(action)).token || "";
}

registry.category("public.interactions").add("leather_crm_ai.complaint_form", ComplaintForm);
