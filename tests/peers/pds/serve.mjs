// A Bluesky server (PDS) and the directory of identities it needs, both in memory; prints its address and runs until it is ended.
import net from "node:net"

// Its parts listen on every interface; a test listens on loopback only.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (port, ...rest) {
  return typeof port === "object" ? listen.call(this, port, ...rest) : listen.call(this, port ?? 0, "127.0.0.1", ...rest)
}

const { TestNetworkNoAppView } = await import("@atproto/dev-env")
const network = await TestNetworkNoAppView.create({ pds: { hostname: "localhost" } })
console.log(`http://127.0.0.1:${network.pds.port}`)
process.on("SIGTERM", () => network.close().finally(() => process.exit(0)))
