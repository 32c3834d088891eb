// The page's entry: starts Turbo and Stimulus and names the elements and controllers that the templates use.
import * as Turbo from "@hotwired/turbo"
import { Application } from "@hotwired/stimulus"
import AnnouncerController from "./controllers/announcer_controller.js"
import AnswerActionsController from "./controllers/answer_actions_controller.js"
import ComposerController from "./controllers/composer_controller.js"
import ConnectionController from "./controllers/connection_controller.js"
import CopyController from "./controllers/copy_controller.js"
import CountdownController from "./controllers/countdown_controller.js"
import DialogController from "./controllers/dialog_controller.js"
import DraftsController from "./controllers/drafts_controller.js"
import EditController from "./controllers/edit_controller.js"
import FailuresController from "./controllers/failures_controller.js"
import LayoutController from "./controllers/layout_controller.js"
import MenuController from "./controllers/menu_controller.js"
import OptionsController from "./controllers/options_controller.js"
import PartsController from "./controllers/parts_controller.js"
import PickerController from "./controllers/picker_controller.js"
import PromptsController from "./controllers/prompts_controller.js"
import ProseController from "./controllers/prose_controller.js"
import RenameController from "./controllers/rename_controller.js"
import SearchController from "./controllers/search_controller.js"
import SettingsController from "./controllers/settings_controller.js"
import ShortcutsController from "./controllers/shortcuts_controller.js"
import SidebarController from "./controllers/sidebar_controller.js"
import StartingPointsController from "./controllers/starting_points_controller.js"
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
import { addressOfShown } from "./models/shown_part.js"
import { isSignedOut, showSignedOut } from "./models/signed_out.js"
import { leaveFocus } from "./models/stream_focus.js"
import { Submissions } from "./models/submissions.js"

// A disabled button loses the focus; one that is only marked as such keeps it.
Turbo.config.forms.submitter = "aria-disabled"
// The longest that a timer can wait: a page that brings itself up to date is no visit of the reader's.
Turbo.config.drive.progressBarDelay = 2 ** 31 - 1

const page = new PageRefresh({
  submissions: new Submissions(document),
  addressOf: (url) => addressOfShown(document, url),
  render: (url, responseHTML) =>
    Turbo.visit(url, { action: "replace", shouldCacheSnapshot: false, response: { statusCode: 200, responseHTML } }),
  leave: (response) => (isSignedOut(response) ? showSignedOut() : window.location.reload()),
})
Turbo.StreamActions.refresh = function () {
  page.refresh(this.baseURI, placeOf(this))
}
// A part that was loaded holds an answer that is being written.
document.addEventListener("parts:busy", () => page.refresh(window.location.href))

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
application.register("copy", CopyController)
application.register("countdown", CountdownController)
application.register("dialog", DialogController)
application.register("drafts", DraftsController)
application.register("edit", EditController)
application.register("failures", FailuresController)
application.register("layout", LayoutController)
application.register("menu", MenuController)
application.register("options", OptionsController)
application.register("parts", PartsController)
application.register("picker", PickerController)
application.register("prompts", PromptsController)
application.register("prose", ProseController)
application.register("rename", RenameController)
application.register("search", SearchController)
application.register("settings", SettingsController)
application.register("shortcuts", ShortcutsController)
application.register("sidebar", SidebarController)
application.register("starting-points", StartingPointsController)
application.register("toast", ToastController)
application.register("transcript", TranscriptController)

defineStreamSource(Turbo)
