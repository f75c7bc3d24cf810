"""Opens and makes sealed tokens from their description alone (docs/formats.md),
with Debian's python3-cryptography. Reads one JSON object a line, and answers
each with one."""
import base64
import json
import os
import re
import struct
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION = b"\x01"


def field(data):
    return struct.pack(">H", len(data)) + data


def derive(key, key_id, salt, purpose, name):
    info = b"".join(map(field, (b"wafer/seal", VERSION, purpose.encode(), name.encode(), key_id)))
    both = HKDF(algorithm=hashes.SHA256(), length=64, salt=salt, info=info).derive(key)
    return both[:32], both[32:]


def open_token(key, key_id, purpose, name, token):
    if not re.fullmatch(r"[A-Za-z0-9_-]*", token):
        return None
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != token:
        return None
    if len(raw) < 61 + 12 + 20 + 16 or raw[:1] != VERSION or raw[1:5] != key_id:
        return None
    aes, commitment = derive(key, key_id, raw[5:29], purpose, name)
    if raw[29:61] != commitment:
        return None
    try:
        plain = AESGCM(aes).decrypt(raw[61:73], raw[73:], raw[:61])
    except InvalidTag:
        return None
    issued, expires, length = struct.unpack(">QQI", plain[:20])
    payload, padding = plain[20:20 + length], plain[20 + length:]
    if len(payload) != length or issued >> 63 or expires >> 63:
        return None
    if padding and (len(padding) >= 32 or len(plain) % 32 or any(padding)):
        return None
    return {"payload": payload.decode(), "issued": issued, "expires": expires}


def make_token(key, key_id, purpose, name, payload, issued, expires, pad):
    salt, nonce = os.urandom(24), os.urandom(12)
    aes, commitment = derive(key, key_id, salt, purpose, name)
    header = VERSION + key_id + salt + commitment
    plain = struct.pack(">QQI", issued, expires, len(payload.encode())) + payload.encode()
    if pad:
        plain += bytes(-len(plain) % 32)
    return base64.urlsafe_b64encode(header + nonce + AESGCM(aes).encrypt(nonce, plain, header)).rstrip(b"=").decode()


for line in sys.stdin:
    ask = json.loads(line)
    common = (bytes.fromhex(ask["key"]), bytes.fromhex(ask["key_id"]), ask["purpose"], ask["cookie_name"])
    if "token" in ask:
        answer = open_token(*common, ask["token"])
    else:
        answer = make_token(*common, ask["payload"], ask["issued"], ask["expires"], ask["pad"])
    print(json.dumps(answer), flush=True)
