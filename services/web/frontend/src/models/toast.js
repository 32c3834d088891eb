// A message that the page shows for a while.

/** Shows `words` above the message box, in the element that is returned. */
export function showToast(words) {
  const toast = document.createElement("div")
  toast.className = "toast"
  toast.dataset.controller = "toast"
  toast.dataset.action = "pointerenter->toast#stay pointerleave->toast#leave"
  toast.textContent = words
  document.getElementById("toasts")?.append(toast)
  return toast
}
