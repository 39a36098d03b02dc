# The companion on plain workerd, for gateways of several machines (docs/shared.md):
#
#   SHARED_TOKEN=... npx workerd serve deploy/companion.capnp --socket-addr http=10.0.0.5:9300 --directory-path disk=/var/lib/gateway
#
# Anyone who can reach the socket can use up or lift every consumer's limits: run it on a private network only. Paths are
# relative to this file.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "shared", worker = .shared),
    # Storage of windows of an hour and more, and of revocations.
    (name = "disk", disk = (path = "/var/lib/gateway", writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:9300", http = (), service = "shared")],
);

const shared :Workerd.Worker = (
  modules = [(name = "shared.js", esModule = embed "../dist/shared.js")],
  compatibilityDate = "2026-07-01",
  durableObjectNamespaces = [(className = "Shared", uniqueKey = "gateway-shared", enableSql = true)],
  durableObjectStorage = (localDisk = "disk"),
  bindings = [
    (name = "SHARED_STATE", durableObjectNamespace = "Shared"),
    (name = "SHARED_TOKEN", fromEnvironment = "SHARED_TOKEN"),
  ],
);
