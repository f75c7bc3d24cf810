// Package seal makes encrypted tokens: text that can pass through untrusted parties, which cannot
// read or change it.
//
// A token is one version byte, and then as many bytes as said, in base64url
// without padding:
//
//	 0   1  version: 1
//	 1   4  key id: which key sealed it
//	 5  24  salt: random
//	29  32  commitment: to the one key that opens it
//	61  12  nonce: random
//	73   n  AES-256-GCM ciphertext of the plaintext, n bytes
//	        and its tag, 16 bytes
//
// The plaintext is
//
//	 0   8  issued: Unix seconds, big-endian
//	 8   8  expires: likewise; 0 for never
//	16   4  length of the payload, big-endian
//	20      the payload, and zero bytes up to a multiple of 32 if padded
//
// The AES key and the commitment are the first and the second 32 bytes of
// HKDF-SHA-256 (RFC 5869) over the key and the salt. Its info is five fields,
// each after its length as two bytes, big-endian: "wafer/seal", the version
// byte, the purpose, the name and the key id. So a token of one purpose or name
// is refused under another. The bytes before the nonce are the additional
// data of AES-GCM (NIST SP 800-38D).
//
// The salt gives each token a key of its own, so that random nonces cannot
// collide under it, however many tokens are made. The commitment is compared
// before anything is decrypted: without it, AES-GCM lets whoever knows two keys
// make one ciphertext that opens under both (Len, Grubbs and Ristenpart,
// "Partitioning Oracle Attacks", USENIX Security 2021).
//
// All of it is in the standard library's FIPS 140-3 module, so the package
// works under GODEBUG=fips140=only.
package seal
