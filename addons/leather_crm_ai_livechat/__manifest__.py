{
    "name": "Leather CRM AI: chat",
    "summary": "An assistant in the live chat: answers, order status with proof, complaints, hand-over to a person",
    "version": "19.0.3.0.0",
    "category": "Sales/CRM",
    "license": "LGPL-3",
    "author": "Leather CRM AI contributors",
    "website": "https://github.com/leather-crm-ai/leather_crm_ai",
    "depends": ["leather_crm_ai", "im_livechat"],
    "data": [
        "security/ir.model.access.csv",
        "security/leather_faq_rules.xml",
        "data/leather_faq.xml",
        "data/leather_chatbot.xml",
        "views/leather_faq_views.xml",
        "views/leather_faq_unanswered_views.xml",
        "views/chatbot_script_views.xml",
    ],
    "assets": {
        "im_livechat.assets_embed_core": ["leather_crm_ai_livechat/static/src/embed/**/*"],
        "im_livechat.assets_livechat_support_tours": ["leather_crm_ai_livechat/static/tests/tours/**/*"],
    },
    "auto_install": True,
}
