import { registry } from "@web/core/registry";

/** A photo as if it was chosen from the phone's gallery. */
async function choosePhotos(inputEl, names) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 32;
    canvas.getContext("2d").fillRect(0, 0, 32, 32);
    const files = new DataTransfer();
    for (const [name, type] of names) {
        const blob = await new Promise((done) => canvas.toBlob(done, type));
        files.items.add(new File([blob.type === type ? blob : "no picture"], name, { type }));
    }
    inputEl.files = files.files;
    inputEl.dispatchEvent(new Event("change", { bubbles: true }));
}

/** A customer reports a problem with an order and answers: nothing is lost on the way. */
registry.category("web_tour.tours").add("leather_complaint_customer", {
    url: "/my/orders",
    steps: () => [
        { trigger: ".o_portal_my_doc_table a:contains(S-TOUR)", run: "click", expectUnloadPage: true },
        {
            content: "report a problem from the order",
            trigger: "a.o_leather_report",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "the order is chosen already; choose one of its products",
            trigger: "select[name=concerns]:has(option:checked:contains(The whole order S-TOUR))",
            run: ({ anchor, queryOne }) => {
                anchor.value = queryOne("option:contains(TUF HAUT)", { root: anchor }).value;
                anchor.dispatchEvent(new Event("change", { bubbles: true }));
            },
        },
        { trigger: "input[name=pairs]", run: "edit 3" },
        {
            content: "two photos, a file that is none, and a photo that this browser cannot read",
            trigger: "input[name=photos]",
            run: ({ anchor }) =>
                choosePhotos(anchor, [
                    ["torn.png", "image/png"],
                    ["side.webp", "image/webp"],
                    ["notes.txt", "text/plain"],
                    ["phone.heic", "image/heic"],
                ]),
        },
        {
            content: "the photos are shown, the other files are named",
            trigger: ".o_leather_photos:has(img[alt='torn.png']):has(img[alt='side.webp'])",
        },
        { trigger: "[data-error=photos]:contains(notes.txt):contains(phone.heic)" },
        { content: "forget to write anything", trigger: "button[type=submit]", run: "click" },
        {
            content: "the form says so and keeps everything",
            trigger: "[data-error=message]:contains(Tell us what is wrong)",
        },
        { trigger: ".o_leather_photos li img[alt='torn.png']" },
        { trigger: "input[name=pairs]:value(3)" },
        { trigger: "textarea[name=message]", run: "edit The toe cap came off at work" },
        {
            content: "the page was open for so long that its key no longer counts",
            trigger: "form.o_leather_complaint_form",
            run: ({ anchor }) => {
                anchor.querySelector("input[name=csrf_token]").value = "old";
            },
        },
        { trigger: "button[type=submit]", run: "click", expectUnloadPage: true },
        { content: "it has arrived", trigger: ".o_leather_reported:contains(We have it)" },
        { trigger: ".o_leather_step_current" },
        { trigger: ".o_leather_promises:contains(You get an answer by)" },
        { trigger: ".o_leather_facts:contains(TUF HAUT)" },
        {
            content: "the photo stands in the conversation",
            trigger: "#chatterRoot:shadow .o-mail-Message .o-mail-AttachmentImage, #chatterRoot:shadow .o-mail-Message img[data-filename], #chatterRoot:shadow .o-mail-AttachmentContainer",
        },
        {
            trigger: "#chatterRoot:shadow .o-mail-Composer-input",
            run: "edit One more pair since yesterday",
        },
        { trigger: "#chatterRoot:shadow .o-mail-Composer-send:enabled", run: "click" },
        { trigger: "#chatterRoot:shadow .o-mail-Message-body:contains(One more pair since yesterday)" },
        { trigger: ".o_portal_submenu a[href='/my/complaints']", run: "click", expectUnloadPage: true },
        { content: "it is on the list", trigger: ".o_portal_my_doc_table a:contains(The toe cap came off at work)" },
    ],
});
