# A cache in front of Millrace, with Varnish and its module xkey (Debian's varnish and varnish-modules). What it may keep, and
# for how long, are Millrace's headers to say (shared/docs/cdn.md); requests with a token pass.
vcl 4.1;

import xkey;

backend millrace { .host = "127.0.0.1"; .port = "8080"; }

# From where PurgeService purges. It has to know the secret below, too: behind a TLS terminator on this machine everybody comes
# from here.
acl purgers { "127.0.0.1"; }

sub vcl_recv {
  if (req.method == "POST" && req.url == "/purge") {
    if (client.ip !~ purgers || req.http.X-Purge != "change-me") {
      return (synth(403));
    }
    return (synth(200, "purged " + xkey.purge(req.http.Surrogate-Key)));
  }
  if (req.http.Upgrade ~ "(?i)websocket") {
    return (pipe);
  }
}

sub vcl_pipe {
  set bereq.http.Upgrade = req.http.Upgrade;
  set bereq.http.Connection = req.http.Connection;
}

sub vcl_backend_response {
  set beresp.http.xkey = beresp.http.Surrogate-Key;
  # Otherwise Varnish answers with what is old for another 10 s.
  if (beresp.http.Cache-Control !~ "stale-while-revalidate") {
    set beresp.grace = 0s;
  }
}

sub vcl_deliver {
  unset resp.http.xkey;
  set resp.http.X-Cache-Status = "MISS";
  if (obj.hits > 0) {
    set resp.http.X-Cache-Status = "HIT";
  }
}
