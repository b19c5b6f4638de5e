/// Certificates between nodes: a small authority for plain machines, and the TLS contexts that use
/// what it issues.
///
/// [CertificateAuthority] keeps its files in one directory and is used by the command line only.
/// [NodeTls] is what a daemon needs: TLS 1.3, both sides proved, the peer's name checked, revoked
/// certificates refused.
///
/// May depend on: the JDK, jspecify, BouncyCastle (issuing), Netty's TLS (contexts),
/// `dev.hast.daemon.document`.
@NullMarked
package dev.hast.daemon.pki;

import org.jspecify.annotations.NullMarked;
