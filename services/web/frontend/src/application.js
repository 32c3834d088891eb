// The page's entry: starts Turbo and Stimulus and names the elements and controllers that the templates use.
import * as Turbo from "@hotwired/turbo"
import { Application } from "@hotwired/stimulus"
import AnnouncerController from "./controllers/announcer_controller.js"
import AnswerActionsController from "./controllers/answer_actions_controller.js"
import ComposerController from "./controllers/composer_controller.js"
import ConnectionController from "./controllers/connection_controller.js"
import CountdownController from "./controllers/countdown_controller.js"
import EditController from "./controllers/edit_controller.js"
import MenuController from "./controllers/menu_controller.js"
import ProseController from "./controllers/prose_controller.js"
import RenameController from "./controllers/rename_controller.js"
import SidebarController from "./controllers/sidebar_controller.js"
import ToastController from "./controllers/toast_controller.js"
import TranscriptController from "./controllers/transcript_controller.js"
import { placeOf } from "./elements/stream_source/places.js"
import { defineStreamSource } from "./elements/stream_source_element.js"
import { guardAppends } from "./models/append_guard.js"
import { keepArrivalOrder } from "./models/arrival_order.js"
import { orderMessages } from "./models/message_order.js"
import { PageRefresh } from "./models/page_refresh.js"
import { keepReaderState } from "./models/reader_state.js"
import { keepServerTime } from "./models/server_clock.js"
import { leaveFocus } from "./models/stream_focus.js"

// A disabled button loses the focus; one that is only marked as such keeps it.
Turbo.config.forms.submitter = "aria-disabled"
// The longest that a timer can wait: a page that brings itself up to date is no visit of the reader's.
Turbo.config.drive.progressBarDelay = 2 ** 31 - 1

const page = new PageRefresh({
  render: (url, responseHTML) =>
    Turbo.visit(url, { action: "replace", shouldCacheSnapshot: false, response: { statusCode: 200, responseHTML } }),
  leave: () => window.location.reload(),
})
Turbo.StreamActions.refresh = function () {
  page.refresh(this.baseURI, placeOf(this))
}

guardAppends(document, (stream) => page.isPast(placeOf(stream)))
orderMessages(document)
keepReaderState(document)
leaveFocus(document, Turbo.session.streamMessageRenderer)
keepArrivalOrder(window)
keepServerTime(document)

const application = Application.start()
application.register("announcer", AnnouncerController)
application.register("answer-actions", AnswerActionsController)
application.register("composer", ComposerController)
application.register("connection", ConnectionController)
application.register("countdown", CountdownController)
application.register("edit", EditController)
application.register("menu", MenuController)
application.register("prose", ProseController)
application.register("rename", RenameController)
application.register("sidebar", SidebarController)
application.register("toast", ToastController)
application.register("transcript", TranscriptController)

defineStreamSource(Turbo)
