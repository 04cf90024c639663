import { registry } from "@web/core/registry";

const ROOT = ".o-livechat-root:shadow";
const WORDS = {
    en: {
        question: "Which size should I take?",
        answer: "from the heel to the longest toe",
        yes: "Yes",
        glad: "I am glad",
        order: "My order",
        askNumber: "number of your order",
        askEmail: "e-mail address that the order",
        refused: "I cannot show anything",
        again: "Try again",
        state: "Order S77001 of",
        another: "Another question",
        more: "What else can I do",
        complaint: "File a complaint",
        askText: "What is wrong?",
        text: "The sole came off after two weeks on 12 pairs.",
        askOrder: "Which order is it about?",
        skip: "I do not have it",
        askAddress: "At which e-mail address",
        askPhotos: "Do you have photos?",
        gotPhoto: "Photos received: 1",
        done: "Done",
        filed: "Your complaint has the number",
        person: "I want to talk to a person",
        calling: "I am calling a colleague",
    },
    fr: {
        question: "Quelle pointure faut-il choisir ?",
        answer: "du talon à l'orteil",
        yes: "Oui",
        glad: "J'en suis content",
        order: "Ma commande",
        askNumber: "numéro de votre commande",
        askEmail: "l'adresse e-mail avec laquelle",
        refused: "Je ne peux rien afficher",
        again: "Réessayer",
        state: "Commande S77001 du",
        another: "Une autre question",
        more: "Que puis-je faire d'autre",
        complaint: "Déposer une réclamation",
        askText: "Que se passe-t-il ?",
        text: "La semelle s'est décollée après deux semaines sur 12 paires.",
        askOrder: "De quelle commande s'agit-il ?",
        skip: "Je ne l'ai pas",
        askAddress: "À quelle adresse e-mail",
        askPhotos: "Avez-vous des photos ?",
        gotPhoto: "Photos reçues : 1",
        done: "Terminé",
        filed: "Votre réclamation porte le numéro",
        person: "Je veux parler à quelqu'un",
        calling: "J'appelle un collègue",
    },
    ar: {
        question: "كيف أختار المقاس المناسب لي؟",
        answer: "من الكعب إلى أطول إصبع",
        yes: "نعم",
        glad: "يسعدني ذلك",
        order: "طلبيتي",
        askNumber: "ما هو رقم طلبيتكم",
        askEmail: "البريد الإلكتروني الذي قُدمت به",
        refused: "لا يمكنني عرض شيء",
        again: "المحاولة من جديد",
        state: "الطلبية S77001 بتاريخ",
        another: "سؤال آخر",
        more: "بماذا يمكنني أن أخدمكم أيضا",
        complaint: "تقديم شكوى",
        askText: "ما المشكلة؟",
        text: "انفصل النعل بعد أسبوعين في 12 زوجا",
        askOrder: "عن أي طلبية؟",
        skip: "ليس عندي",
        askAddress: "على أي بريد إلكتروني",
        askPhotos: "هل لديكم صور؟",
        gotPhoto: "الصور المستلمة: 1",
        done: "تم",
        filed: "رقم شكواكم هو",
        person: "أريد التحدث مع موظف",
        calling: "أستدعي زميلا",
    },
};

const hears = (text) => ({ trigger: `${ROOT} .o-mail-Message:last:contains("${text}")` });
const presses = (label) => ({ trigger: `${ROOT} .o-leather-choice:contains("${label}")`, run: "click" });
const writes = (text) => [
    { trigger: `${ROOT} .o-mail-Composer-input:not([readonly]):not([disabled])`, run: `edit ${text}` },
    { trigger: `${ROOT} .o-mail-Composer-input`, run: "press Enter" },
];

async function addPhoto() {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 40;
    canvas.getContext("2d").fillRect(5, 5, 20, 20);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    const transfer = new DataTransfer();
    transfer.items.add(new File([blob], "sole.png", { type: "image/png" }));
    const input = document
        .querySelector(".o-livechat-root")
        .shadowRoot.querySelector(".o-mail-Composer input[type='file']");
    input.files = transfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
}

function steps(words) {
    return [
        { trigger: `${ROOT} .o-livechat-LivechatButton`, run: "click" },
        { trigger: `${ROOT} .o-leather-choice` },
        ...writes(words.question),
        hears(words.answer),
        presses(words.yes),
        hears(words.glad),
        presses(words.order),
        hears(words.askNumber),
        ...writes("S77001"),
        hears(words.askEmail),
        ...writes("somebody@else.example"),
        hears(words.refused),
        presses(words.again),
        hears(words.askNumber),
        ...writes("S77001"),
        hears(words.askEmail),
        ...writes("nadia@hassi.example"),
        hears(words.state),
        presses(words.another),
        hears(words.more),
        ...writes(words.complaint),
        hears(words.askText),
        ...writes(words.text),
        hears(words.askOrder),
        presses(words.skip),
        hears(words.askAddress),
        ...writes("nadia@hassi.example"),
        hears(words.askPhotos),
        { trigger: `${ROOT} .o-mail-Composer-input:not([readonly]):not([disabled])`, run: addPhoto },
        { trigger: `${ROOT} .o-mail-Composer .o-mail-AttachmentContainer:not(.o-isUploading)` },
        { trigger: `${ROOT} .o-mail-Composer-input`, run: "press Enter" },
        hears(words.gotPhoto),
        presses(words.done),
        hears(words.filed),
        ...writes(words.person),
        { trigger: `${ROOT} .o-mail-Message:contains("${words.calling}")` },
        { trigger: `${ROOT} .o-mail-ChatWindow-header:contains("cpl_agent")` },
    ];
}

for (const [language, words] of Object.entries(WORDS)) {
    registry.category("web_tour.tours").add(`leather_chat_${language}`, { steps: () => steps(words) });
}
