// The page's entry: starts Turbo and Stimulus and names the controllers that the templates use.
import * as Turbo from "@hotwired/turbo"
import { Application } from "@hotwired/stimulus"
import AnnouncerController from "./controllers/announcer_controller.js"
import ComposerController from "./controllers/composer_controller.js"
import StreamSourceController from "./controllers/stream_source_controller.js"
import TranscriptController from "./controllers/transcript_controller.js"
import { guardAppends } from "./models/append_guard.js"
import { orderMessages } from "./models/message_order.js"

// A disabled button loses the focus; one that is only marked as such keeps it.
Turbo.config.forms.submitter = "aria-disabled"

guardAppends(document)
orderMessages(document)

const application = Application.start()
application.register("announcer", AnnouncerController)
application.register("composer", ComposerController)
application.register("stream-source", StreamSourceController)
application.register("transcript", TranscriptController)
