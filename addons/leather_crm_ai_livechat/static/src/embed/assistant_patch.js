import { ChatbotStep } from "@im_livechat/core/common/chatbot_step_model";

import { Message as MessageModel } from "@mail/core/common/message_model";
import { Message } from "@mail/core/common/message";
import { fields } from "@mail/core/common/record";

import { patch } from "@web/core/utils/patch";

const STEP_TYPES = ["leather_faq", "leather_order", "leather_complaint"];

patch(ChatbotStep.prototype, {
    get expectAnswer() {
        return STEP_TYPES.includes(this.step_type) || super.expectAnswer;
    },
});

patch(MessageModel.prototype, {
    setup() {
        super.setup(...arguments);
        /** Labels of the buttons below the assistant's message. */
        this.leatherChoices = fields.Attr([]);
    },
});

patch(Message.prototype, {
    /** Only below the latest message: what was asked before is answered. */
    get leatherChoices() {
        const message = this.props.message;
        const thread = message.thread;
        const last = thread?.messages?.at(-1);
        if (!thread?.chatbot || thread.chatbot.forwarded || thread.livechat_end_dt || !last?.eq(message)) {
            return [];
        }
        if (message.leatherChoices?.length) {
            return message.leatherChoices;
        }
        return (thread.isTransient && message.chatbotStep?.scriptStep?.leatherChoices) || [];
    },
    onClickLeatherChoice(label) {
        if (this.props.message.leatherIsAnswered) {
            return;
        }
        this.props.message.leatherIsAnswered = true;
        return this.props.message.thread.post(label);
    },
});
