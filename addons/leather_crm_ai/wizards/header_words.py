"""Words that headers and outcomes are written with in French, Arabic and English. Plain Python, no Odoo."""

from .column_types import fold

# Field of the lead -> headers that mean it. A custom header beats Odoo's own guess by likeness of letters.
FIELD_HEADERS = {
    "name": "opportunity|opportunity name|lead name|subject|title of the lead|opportunite|sujet|objet"
    "|affaire"
    "|الفرصة|اسم الفرصة|الموضوع",
    "contact_name": "contact|contact name|person|full name|nom du contact|interlocuteur|nom et prenom|nom complet"
    "|اسم جهة الاتصال|الاسم|الاسم الكامل|جهة الاتصال",
    "partner_name": "company|company name|organisation|organization|account|account name|customer|client"
    "|societe|entreprise"
    "|raison sociale|nom du client|الشركة|اسم الشركة|المؤسسة|العميل|الزبون",
    "email_from": "email|e mail|mail|email address|e mail address|courriel|adresse email|adresse e mail|adresse mail"
    "|البريد الإلكتروني|البريد|الايميل|الإيميل|بريد إلكتروني",
    "phone": "phone|phone number|telephone|tel|mobile|mobile phone|cell|cellphone|gsm|portable|numero de telephone"
    "|n tel|الهاتف|رقم الهاتف|الجوال|المحمول|النقال",
    "website": "website|web site|url|site web|site internet|الموقع|الموقع الإلكتروني",
    "function": "function|job|job title|job position|position|fonction|poste|الوظيفة|المنصب",
    "street": "street|address|adresse|rue|الشارع|العنوان",
    "zip": "zip|zip code|postal code|postcode|code postal|cp|الرمز البريدي",
    "city": "city|town|ville|commune|المدينة|البلدية",
    "state_id": "state|province|region|wilaya|departement|الولاية|المقاطعة",
    "country_id": "country|pays|البلد|الدولة",
    "source_id": "source|lead source|origine|provenance|source du lead|source de la piste|المصدر|مصدر",
    "medium_id": "medium|channel|canal|support|الوسيط|القناة|الوسيلة",
    "campaign_id": "campaign|campagne|الحملة",
    "team_id": "team|sales team|equipe|equipe commerciale|الفريق|فريق المبيعات",
    "user_id": "salesperson|sales person|seller|owner|lead owner|account manager|commercial|vendeur|responsable"
    "|البائع|مندوب المبيعات|المسؤول",
    "tag_ids": "tag|tags|labels|etiquette|etiquettes|mots cles|الوسوم|العلامات",
    "lang_id": "language|lang|langue|اللغة",
    "stage_id": "stage|pipeline stage|etape|المرحلة",
    "lost_reason_id": "lost reason|reason lost|loss reason|motif de perte|raison de la perte|سبب الخسارة",
    "expected_revenue": "expected revenue|revenue|amount|deal value|value of the deal|montant|revenu espere"
    "|chiffre d affaires|valeur|المبلغ|الإيراد المتوقع|القيمة",
    "description": "description|notes|note|comment|comments|remarks|commentaire|commentaires|remarques|observations"
    "|ملاحظات|الوصف|تعليق",
    "priority": "priority|priorite|الأولوية",
    "date_deadline": "expected closing|expected closing date|cloture prevue|date de cloture prevue"
    "|تاريخ الإغلاق المتوقع",
    "referred": "referred by|recommande par|parrain|أوصى به",
}

ROLE_HEADERS = {
    "outcome": "outcome|converted|is converted|won|is won|won lost|result|status|lead status|deal status"
    "|state of the deal"
    "|y|target|sold|sale made|resultat|statut|etat|gagne|gagne perdu|converti|vendu|issue"
    "|النتيجة|الحالة|مكسوب|حالة الصفقة|ربح",
    "created": "created|created on|created at|creation date|create date|date created|lead date|date|date of creation"
    "|first contact|date of first contact|date de creation|cree le|date du contact|date d entree|date de la demande"
    "|تاريخ الإنشاء|تاريخ|التاريخ|تاريخ الطلب",
    "order": "number|no|nr|lead number|lead no|serial|sequence|line|row|numero|n|ordre|num|رقم|الرقم|الترتيب|التسلسل",
    "closed": "closed|closed on|closed at|closing date|close date|date closed|closed date|won on|lost on|end date"
    "|date de cloture|cloture le|cloturee le"
    "|clos le|close le|ferme le|fermee le|gagnee le|perdue le|date de fin"
    "|date de signature|تاريخ الإغلاق|تاريخ الاغلاق",
    "extid": "id|external id|identifier|prospect id|lead id|reference|ref|lead reference|uid|uuid|code"
    "|identifiant|identifiant externe|reference du lead|المعرف|المرجع",
}

WON_TEXT = (
    "won|win|yes|y|true|1|converted|signed|sold|success|deal|closed won|customer|ordered|gagné"
    "|gagnée|gagne|oui|o|vrai|vendu|signé|converti|conclu|client|commandé|مكسوب|رابح|نعم|ربح|فاز"
    "|تم البيع|ناجح|مبيع|رابحة|تم الفوز بها|تم الفوز به"
)
WON_WORDS = frozenset(map(fold, WON_TEXT.split("|")))
LOST_TEXT = (
    "lost|loss|no|n|false|0|not converted|rejected|refused|dead|cancelled|canceled|closed lost"
    "|failed|disqualified|perdu|perdue|non|faux|refusé|annulé|abandonné|échoué|مفقود|خسر|خاسر|لا"
    "|ملغى|مرفوض|خسارة|فشل|ضائع|ضائعة"
)
LOST_WORDS = frozenset(map(fold, LOST_TEXT.split("|")))


def _by_word(table):
    return {fold(word): name for name, words in table.items() for word in words.split("|")}


FIELD_BY_HEADER = _by_word(FIELD_HEADERS)
ROLE_BY_HEADER = _by_word(ROLE_HEADERS)


def guess_meaning(value):
    """What one value of an outcome column says: "won", "lost" or "open"."""
    word = fold(value)
    return "won" if word in WON_WORDS else "lost" if word in LOST_WORDS else "open"
