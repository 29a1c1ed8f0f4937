package tsidp.http;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;

/// TLS by the JDK's engine, with the heads of requests rewritten after they are decrypted: the only place where the
/// JDK's HTTPS server lets us see them before it parses them.
final class HeadsEngine extends SSLEngine {

    private final SSLEngine tls;
    private final RequestHeads heads = new RequestHeads("", false);
    private ByteBuffer ready = ByteBuffer.allocate(0);

    private HeadsEngine(SSLEngine tls) {
        this.tls = tls;
    }

    /// A context whose engines are such, for a server.
    static SSLContext context(SSLContext tls) {
        return new SSLContext(new Context(tls), tls.getProvider(), tls.getProtocol()) { };
    }

    /// Of the buffers, the JDK's server gives one; if it has too little room, the server enlarges it.
    @Override
    public SSLEngineResult unwrap(ByteBuffer source, ByteBuffer[] buffers, int offset, int length)
            throws SSLException {
        ByteBuffer plain = buffers[offset];
        HandshakeStatus handshake = HandshakeStatus.NOT_HANDSHAKING;
        int consumed = 0;
        if (!ready.hasRemaining()) {
            int start = plain.position();
            SSLEngineResult result = tls.unwrap(source, buffers, offset, length);
            if (result.bytesProduced() == 0) {
                return result;
            }
            byte[] sent = new byte[result.bytesProduced()];
            plain.position(start).get(sent).position(start);
            ready = ByteBuffer.wrap(heads.rewrite(sent, sent.length));
            handshake = result.getHandshakeStatus();
            consumed = result.bytesConsumed();
        }
        int rewritten = ready.remaining();
        if (rewritten > plain.remaining()) {
            return new SSLEngineResult(Status.BUFFER_OVERFLOW, handshake, consumed, 0);
        }
        plain.put(ready);
        return new SSLEngineResult(Status.OK, handshake, consumed, rewritten);
    }

    // Everything else is the JDK's.

    @Override
    public SSLEngineResult wrap(ByteBuffer[] sources, int offset, int length, ByteBuffer target) throws SSLException {
        return tls.wrap(sources, offset, length, target);
    }

    @Override public Runnable getDelegatedTask()                   { return tls.getDelegatedTask(); }
    @Override public void beginHandshake() throws SSLException     { tls.beginHandshake(); }
    @Override public HandshakeStatus getHandshakeStatus()          { return tls.getHandshakeStatus(); }
    @Override public SSLSession getSession()                       { return tls.getSession(); }
    @Override public void closeInbound() throws SSLException       { tls.closeInbound(); }
    @Override public boolean isInboundDone()                       { return tls.isInboundDone(); }
    @Override public void closeOutbound()                          { tls.closeOutbound(); }
    @Override public boolean isOutboundDone()                      { return tls.isOutboundDone(); }
    @Override public void setSSLParameters(SSLParameters all)      { tls.setSSLParameters(all); }
    @Override public String[] getSupportedCipherSuites()           { return tls.getSupportedCipherSuites(); }
    @Override public String[] getEnabledCipherSuites()             { return tls.getEnabledCipherSuites(); }
    @Override public void setEnabledCipherSuites(String[] suites)  { tls.setEnabledCipherSuites(suites); }
    @Override public String[] getSupportedProtocols()              { return tls.getSupportedProtocols(); }
    @Override public String[] getEnabledProtocols()                { return tls.getEnabledProtocols(); }
    @Override public void setEnabledProtocols(String[] protocols)  { tls.setEnabledProtocols(protocols); }
    @Override public void setUseClientMode(boolean isClient)       { tls.setUseClientMode(isClient); }
    @Override public boolean getUseClientMode()                    { return tls.getUseClientMode(); }
    @Override public void setNeedClientAuth(boolean needs)         { tls.setNeedClientAuth(needs); }
    @Override public boolean getNeedClientAuth()                   { return tls.getNeedClientAuth(); }
    @Override public void setWantClientAuth(boolean wants)         { tls.setWantClientAuth(wants); }
    @Override public boolean getWantClientAuth()                   { return tls.getWantClientAuth(); }
    @Override public void setEnableSessionCreation(boolean may)    { tls.setEnableSessionCreation(may); }
    @Override public boolean getEnableSessionCreation()            { return tls.getEnableSessionCreation(); }

    private static final class Context extends SSLContextSpi {

        private final SSLContext tls;

        private Context(SSLContext tls) {
            this.tls = tls;
        }

        @Override
        protected void engineInit(KeyManager[] keys, TrustManager[] trust, SecureRandom random) {
            throw new UnsupportedOperationException("the context behind this one is ready");
        }

        @Override
        protected SSLEngine engineCreateSSLEngine(String host, int port) {
            return new HeadsEngine(tls.createSSLEngine(host, port));
        }

        @Override
        protected SSLServerSocketFactory engineGetServerSocketFactory() {
            return tls.getServerSocketFactory();
        }

        @Override protected SSLEngine engineCreateSSLEngine()         { return new HeadsEngine(tls.createSSLEngine()); }
        @Override protected SSLSocketFactory engineGetSocketFactory() { return tls.getSocketFactory(); }
        @Override protected SSLSessionContext engineGetServerSessionContext() { return tls.getServerSessionContext(); }
        @Override protected SSLSessionContext engineGetClientSessionContext() { return tls.getClientSessionContext(); }
    }
}
