// Starts what every page has: menus, theme, palette, keyboard map, messages, live states, ages.
import { application } from "./core.js"
import { Shell } from "./shell.js"
import { Palette } from "./palette.js"
import { Filters, Lazy, LiveList, LivePost, Said, Theme, Welcome, Zone } from "./pieces.js"
import { Copy, Standing } from "./standing.js"
import { Bell, Mentions, Notices, Thread } from "./talk.js"
import { Ticks } from "./ticks.js"
import "./live.js"

application.register("shell", Shell)
application.register("palette", Palette)
application.register("theme", Theme)
application.register("lazy", Lazy)
application.register("said", Said)
application.register("zone", Zone)
application.register("welcome", Welcome)
application.register("filters", Filters)
application.register("live-list", LiveList)
application.register("live-post", LivePost)
application.register("bell", Bell)
application.register("standing", Standing)
application.register("copy", Copy)
application.register("notices", Notices)
application.register("thread", Thread)
application.register("mentions", Mentions)
application.register("ticks", Ticks)
