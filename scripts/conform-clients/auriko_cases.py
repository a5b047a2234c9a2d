"""Auriko's official Python package against a gateway, unchanged: every case with its client and with its async client.

python auriko_cases.py http://127.0.0.1:8787 [sync|async]
"""

import auriko

import auriko_chat  # these register their cases
import auriko_discovery
import auriko_errors
import auriko_responses
import auriko_routing
from cases import BASE_URL, MODE, run

if __name__ == "__main__":
    kind = auriko.AsyncClient if MODE == "async" else auriko.Client
    run(lambda: kind(base_url=f"{BASE_URL}/v1", api_key="ak_test", max_retries=0))
