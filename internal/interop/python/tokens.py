"""Tokens as itsdangerous makes and reads them."""

import hashlib

import clock
import itsdangerous
from describe import build, describe
from itsdangerous import BadData, BadSignature, Signer
from sessions import key_of

SERIALIZERS = ("Serializer", "TimedSerializer", "URLSafeSerializer", "URLSafeTimedSerializer")


def signer_arguments(options):
    arguments = {"sep": bytes.fromhex(options["sep"])}
    if options["digest"]:
        arguments["digest_method"] = getattr(hashlib, options["digest"])
    if options["derivation"]:
        arguments["key_derivation"] = options["derivation"]
    return arguments


def make(call):
    kind, cfg = call["kind"], call["cfg"]
    keys = [key_of(key) for key in reversed(cfg["keys"])]
    given = keys if keys[1:] else keys[0]
    arguments = {} if cfg["salt"] is None else {"salt": bytes.fromhex(cfg["salt"])}
    cls = getattr(itsdangerous, kind)
    if kind not in SERIALIZERS:
        return cls(given, **arguments, **signer_arguments(cfg))
    return cls(
        given,
        **arguments,
        signer_kwargs=signer_arguments(cfg),
        fallback_signers=[signer_arguments(options) for options in cfg["fallback"] or ()],
    )


def sign(call):
    """Signs bytes with a signer, and a described value with a serializer."""
    tool = make(call)
    clock.move_to(call["time"])
    token = tool.sign(bytes.fromhex(call["text"])) if isinstance(tool, Signer) else tool.dumps(build(call["value"]))
    return {"token": (token if isinstance(token, bytes) else token.encode()).hex()}


def sign_text(call):
    """Signs bytes with the bare signature alone, whatever the tool would put before it."""
    tool = make(call)
    signer = tool if isinstance(tool, Signer) else tool.make_signer()
    return {"token": Signer.sign(signer, bytes.fromhex(call["text"])).hex()}


def holds(tool, token):
    """Whether any key made the signature, whatever it signs."""
    for signer in [tool] if isinstance(tool, Signer) else tool.iter_unsigners():
        try:
            Signer.unsign(signer, token)
            return True
        except BadSignature:
            pass
    return False


def unsign(call):
    tool = make(call)
    clock.move_to(call["time"])
    token = bytes.fromhex(call["token"])
    answer = {"holds": holds(tool, token), "at": -1, "text": "", "value": {"k": "none", "t": ""}}
    timed = {"max_age": call["max_age"], "return_timestamp": True} if "Time" in call["kind"] else {}
    try:
        result = tool.unsign(token, **timed) if isinstance(tool, Signer) else tool.loads(token, **timed)
    except BadData as error:
        answer["verdict"] = type(error).__name__
        if isinstance(error, itsdangerous.SignatureExpired):
            answer["at"] = int(error.date_signed.timestamp())
            answer["text"] = error.payload.hex()
        return answer
    except (ValueError, OverflowError, OSError) as error:  # a year that datetime does not know
        answer["verdict"] = type(error).__name__
        return answer
    answer["verdict"] = "ok"
    if timed:
        result, signed = result
        answer["at"] = int(signed.timestamp())
    if isinstance(tool, Signer):
        answer["text"] = result.hex()
    else:
        answer["value"] = describe(result)
    return answer


OPS = {"sign": sign, "sign_text": sign_text, "unsign": unsign}
