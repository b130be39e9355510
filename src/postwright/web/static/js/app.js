// Starts what every page has: menus, theme, palette, keyboard map, messages, live states, ages.
import { application } from "./core.js"
import { Shell } from "./shell.js"
import { Palette } from "./palette.js"
import { Lazy, LivePost, Said, Theme, Zone } from "./pieces.js"
import "./live.js"

application.register("shell", Shell)
application.register("palette", Palette)
application.register("theme", Theme)
application.register("lazy", Lazy)
application.register("said", Said)
application.register("zone", Zone)
application.register("live-post", LivePost)
