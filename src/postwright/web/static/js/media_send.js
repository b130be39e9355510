// Sends a file: small ones in one go, large ones in pieces that go on after a break (tus 1.0).
import { csrf, send } from "./core.js"

const WHOLE = 32 * 1024 * 1024 // bytes that are sent in one go
const PIECE = 16 * 1024 * 1024 // bytes at a time
const TRIES = 8
const LANES = 3 // large files at a time; the server holds five of a person
const waiting = []
let busy = 0

/** Resolves to the medium. `told(done, total)` hears of progress; `signal` cancels. Rejects with words for people. */
export function upload(file, { told, signal }) {
  return file.size <= WHOLE ? whole(file, told, signal) : inTurn(() => pieces(file, told, signal), signal)
}

async function inTurn(work, signal) {
  if (busy < LANES) busy += 1
  else await turn(signal)
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next) next()
    else busy -= 1
  }
}

/** Until another file is through; rejects when this one is cancelled first. */
function turn(signal) {
  return new Promise((go, gone) => {
    waiting.push(go)
    signal.addEventListener("abort", () => {
      const at = waiting.indexOf(go)
      if (at >= 0) gone(waiting.splice(at, 1) && signal.reason)
    }, { once: true })
  })
}

async function whole(file, told, signal) {
  const answer = await request("POST", `/api/v1/media?name=${encodeURIComponent(file.name)}`, file, {}, told, signal)
  return JSON.parse(answer.responseText)
}

async function pieces(file, told, signal) {
  const name = btoa(String.fromCharCode(...new TextEncoder().encode(file.name.slice(0, 200))))
  const begun = await request("POST", "/api/v1/uploads", null, { "Upload-Length": file.size, "Upload-Metadata": `filename ${name}` }, null, signal)
  const place = begun.getResponseHeader("Location")
  try {
    return await through(file, place, told, signal)
  } catch (error) {
    send("DELETE", place).catch(() => {}) // what nobody goes on with takes room
    throw error
  }
}

async function through(file, place, told, signal) {
  let at = 0
  for (let failed = 0; at < file.size;) {
    try {
      const headers = { "Upload-Offset": at, "Content-Type": "application/offset+octet-stream", "Tus-Resumable": "1.0.0" }
      const from = at
      const answer = await request("PATCH", place, file.slice(at, at + PIECE), headers, (done) => told(from + done, file.size), signal)
      at = Number(answer.getResponseHeader("Upload-Offset"))
      failed = 0
    } catch (error) {
      if (signal.aborted || (error.status && error.status !== 409) || (failed += 1) > TRIES) throw error
      await pause(Math.min(500 * 2 ** failed, 15000), signal)
      at = await reached(place, at, signal)
    }
  }
  return (await send("GET", place)).file
}

/** How far the server is; as far as we thought when it does not answer. */
async function reached(place, otherwise, signal) {
  try {
    const answer = await request("HEAD", place, null, {}, null, signal)
    return Number(answer.getResponseHeader("Upload-Offset"))
  } catch (error) {
    if (error.status === 404) throw error
    return otherwise
  }
}

function pause(ms, signal) {
  return new Promise((done) => {
    const timer = setTimeout(done, ms)
    signal.addEventListener("abort", () => { clearTimeout(timer); done() }, { once: true })
  })
}

// XMLHttpRequest, because fetch does not tell how much has left.
function request(method, address, body, headers, told, signal) {
  return new Promise((done, failed) => {
    const asked = new XMLHttpRequest()
    asked.open(method, address)
    asked.setRequestHeader("Accept", "application/json")
    asked.setRequestHeader("X-CSRF-Token", csrf())
    for (const [name, value] of Object.entries(headers)) asked.setRequestHeader(name, String(value))
    if (told) asked.upload.addEventListener("progress", (event) => told(event.loaded, event.total))
    asked.addEventListener("load", () => asked.status < 300 ? done(asked) : failed(refusal(asked)))
    asked.addEventListener("error", () => failed(new Error("The line broke. What was sent is not lost: try again.")))
    asked.addEventListener("abort", () => failed(new Error("Cancelled.")))
    if (signal.aborted) return failed(new Error("Cancelled."))
    signal.addEventListener("abort", () => asked.abort(), { once: true })
    asked.send(body)
  })
}

function refusal(asked) {
  let problem = null
  try { problem = JSON.parse(asked.responseText) } catch { /* not ours: a proxy's page */ }
  const error = new Error(problem?.detail || (asked.status === 413 ? "The file is too large." : `The server answered ${asked.status}.`))
  error.status = asked.status
  return error
}
