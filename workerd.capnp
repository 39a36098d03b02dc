# The gateway on plain workerd, Cloudflare's open-source runtime, without Cloudflare:
#
#   echo '{"origins":["http://127.0.0.1:9000"]}' > gateway.json && npx workerd serve workerd.capnp
#
# `npx edge-gateway serve` does the same and adds a few comforts. Paths are relative to this file.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "gateway", worker = .gateway),

    # Where origins and the key verifier may be. Only what the configuration names is ever asked.
    # Take "private" and "local" away where all of them are on the public internet.
    (name = "internet", network = (
      allow = ["public", "private", "local"],
      # Without this, an internet service of one's own speaks no HTTPS.
      tlsOptions = (trustBrowserCas = true),
    )),
  ],

  sockets = [(
    name = "http",
    # Loopback: only programs of this machine get in, e.g. the one in front that speaks TLS. Another one for a run:
    #   workerd serve workerd.capnp --socket-addr http=0.0.0.0:8080
    address = "127.0.0.1:8080",
    service = "gateway",
    http = (
      # Cloudflare sets these and nobody can forge them there. Here anybody could, so they are cut off;
      # the caller's address is the peer's, or X-Forwarded-For's where `trustedProxies` names the peer.
      injectRequestHeaders = [(name = "CF-Connecting-IP"), (name = "CF-IPCountry")],
      # Behind a program that speaks TLS and always sets this header:
      # forwardedProtoHeader = "X-Forwarded-Proto",
    ),
  )],
);

const gateway :Workerd.Worker = (
  serviceWorkerScript = embed "dist/worker-full.js",
  compatibilityDate = "2026-07-01",
  compatibilityFlags = ["enable_request_signal"],
  # The whole configuration as JSON, in a file beside this one; `null` in it leaves the script's own. It may be of any size, where one
  # environment variable ends at 128 KiB. It may hold secrets: let nobody but the gateway read it.
  bindings = [(name = "GATEWAY_CONFIG", json = embed "gateway.json")],
);
