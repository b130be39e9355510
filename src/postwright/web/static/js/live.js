// One stream of events per visible page; `postwright:post`, `:draft`, `:comment`, `:notice`, `:standing` and `:refresh` are
// dispatched on document with the event's data as detail. A hidden page closes its stream (browsers allow
// six connections to a server) and asks for a fresh look when it comes back.
let source = null
let missed = false
let first = true

export function follow() {
  open()
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()))
  addEventListener("pagehide", close)
}

function open() {
  if (source || document.hidden) return
  source = new EventSource("/events")
  for (const kind of ["post", "draft", "comment", "notice", "standing", "refresh"]) {
    source.addEventListener(kind, (event) => tell(kind, JSON.parse(event.data || "{}")))
  }
  source.addEventListener("error", () => { missed = true })
  source.addEventListener("open", () => {
    if (missed || first) tell("refresh", missed ? {} : { first })
    missed = first = false
  })
}

function close() {
  source?.close()
  source = null
  missed = true
}

function tell(kind, detail) {
  document.dispatchEvent(new CustomEvent(`postwright:${kind}`, { detail }))
}
