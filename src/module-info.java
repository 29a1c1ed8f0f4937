/// An OpenID Connect provider for a Tailscale network, on nothing but the JDK. Exports nothing: it is a program.
module tsidp {
    requires jdk.httpserver;
}
