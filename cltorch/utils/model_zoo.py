"""``torch.utils.model_zoo``: `hub.load_state_dict_from_url` under its name from before."""

from __future__ import annotations

from tqdm import tqdm

from ..hub import download_url_to_file, load_state_dict_from_url, urlparse

load_url = load_state_dict_from_url
_download_url_to_file = download_url_to_file

__all__ = ["download_url_to_file", "load_state_dict_from_url", "load_url", "tqdm", "urlparse"]
