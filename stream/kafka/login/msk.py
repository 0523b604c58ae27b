"""Access tokens for Amazon MSK, signed with the AWS credentials of the environment."""

from __future__ import annotations

import time
from importlib import import_module

from stream.errors import AuthenticationError, SettingsError

INSTALL = "install the extra msk, from a clone of the repository: pip install -c constraints.txt '.[msk]'"


def sign_token(region: str) -> tuple[str, float]:
    """Sign a token; return it with its life in seconds.

    The credentials are found as by AWS' own tools: variables, profile, web identity, container or instance role.

    Raises
    ------
    SettingsError
        If the signer is not installed.
    AuthenticationError
        If there are no credentials, or they cannot be used.
    """
    try:
        signer = import_module("aws_msk_iam_sasl_signer.MSKAuthTokenProvider")
    except ImportError as error:
        raise SettingsError(f"aws-msk-iam-sasl-signer-python: not installed; {INSTALL}") from error
    try:
        token, expires_ms = signer.generate_auth_token(region)
    except Exception as error:  # The signer and botocore have no common base for what can go wrong.
        raise AuthenticationError(
            f"no token for the login by AWS_MSK_IAM: {type(error).__name__}: {error}. Give AWS credentials: a role of "
            "the machine or the container, AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        ) from error
    return token, expires_ms / 1000 - time.time()
