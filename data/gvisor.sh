#!/bin/sh
# Installs or removes gVisor on the node whose root is mounted at $HOST. Run again, it changes nothing and restarts
# nothing. What it adds to containerd's configuration stands between two marks, and every file it makes is listed in
# $RECORD: removing takes exactly these away.
set -eu

HOST=${HOST:-/host}
RECORD=$HOST/var/lib/agent-sandbox-bench/gvisor
CONFIG=$HOST/etc/containerd/config.toml
RUNTIME=${RUNTIME:-runsc}
RUNSC_CONFIG=/etc/containerd/agent-sandbox-bench-runsc.toml
BEGIN='# BEGIN agent-sandbox-bench'
END='# END agent-sandbox-bench'
# Set until containerd was restarted: a run that was cut short is made good by the next. It is gone after a reboot.
PENDING=$HOST/run/agent-sandbox-bench-restart

log() { echo "gvisor: $*"; }
fail() { log "$*" >&2; exit 1; }
changed() { mkdir -p "$(dirname "$PENDING")" && touch "$PENDING"; }

# Container-Optimized OS runs nothing from most of its disk; binaries go where it allows them.
is_cos() { [ -d "$HOST/home/kubernetes/bin" ]; }
bin_folder() { if is_cos; then echo /home/kubernetes/bin; else echo /usr/local/bin; fi; }

record() {
  mkdir -p "$RECORD"
  grep -qxF "$1" "$RECORD/files" 2>/dev/null || echo "$1" >>"$RECORD/files"
}

# put SOURCE TARGET MODE: installs a file on the node if it differs; refuses to replace one that is not ours.
put() {
  [ -f "$HOST$2" ] && cmp -s "$1" "$HOST$2" && return 0
  if [ -f "$HOST$2" ] && ! grep -qxF "$2" "$RECORD/files" 2>/dev/null; then
    fail "$2 stands on the node already and is not ours; use stack.gvisor: present"
  fi
  record "$2"
  mkdir -p "$(dirname "$HOST$2")"
  cp "$1" "$HOST$2.new" && chmod "$3" "$HOST$2.new" && mv "$HOST$2.new" "$HOST$2"
  changed
}

# fetch NAME FOLDER: a binary out of the image, or downloaded and checked against its published SHA-512.
fetch() {
  if [ -n "${IMAGE_PATH:-}" ]; then
    cp "$IMAGE_PATH/$1" "$2/$1"
    return 0
  fi
  arch=$(uname -m)
  for file in "$1" "$1.sha512"; do
    wget -q -O "$2/$file" "$URL/$VERSION/$arch/$file" || fail "cannot download $URL/$VERSION/$arch/$file"
  done
  (cd "$2" && sha512sum -c "$1.sha512" >/dev/null) || fail "$1 does not match its published sha512"
}

# Installed already: this version, with the digests it had then.
is_current() {
  [ "$(cat "$RECORD/version" 2>/dev/null)" = "$VERSION ${IMAGE_PATH:-}" ] || return 1
  (cd "$HOST/" && sha512sum -c "$RECORD/sha512" >/dev/null 2>&1)
}

install_binaries() {
  is_current && return 0
  folder=$(mktemp -d)
  target=$(bin_folder)
  for name in runsc containerd-shim-runsc-v1; do
    fetch "$name" "$folder"
    put "$folder/$name" "$target/$name" 755
  done
  mkdir -p "$RECORD"
  (cd "$HOST/" && sha512sum ".$target/runsc" ".$target/containerd-shim-runsc-v1") >"$RECORD/sha512"
  echo "$VERSION ${IMAGE_PATH:-}" >"$RECORD/version"
  rm -rf "$folder"
}

# Version 3 of containerd's configuration came with containerd 2; a file that does not say is of version 1, which has
# no runtimes of this form.
config_version() {
  sed -n 's/^[[:space:]]*version[[:space:]]*=[[:space:]]*\([0-9]*\).*/\1/p' "$CONFIG" | head -n 1
}

# Without a file containerd runs on defaults: a file of its own version then says the same.
default_version() {
  found=$(find "$HOST/usr/bin" "$HOST/usr/local/bin" "$HOST/home/kubernetes/bin" -maxdepth 1 -name containerd 2>/dev/null | head -n 1)
  [ -n "$found" ] || fail "there is no containerd on the node"
  case $(chroot "$HOST" "${found#"$HOST"}" --version 2>/dev/null || "$found" --version) in
    *" v2."* | *" 2."*) echo 3 ;;
    *) echo 2 ;;
  esac
}

configure_containerd() {
  if [ ! -f "$CONFIG" ]; then
    version=$(default_version)
    mkdir -p "$(dirname "$CONFIG")"
    echo "version = $version" >"$CONFIG"
    touch "$RECORD/made-config"
  fi
  case $(config_version) in
    3) plugin=io.containerd.cri.v1.runtime ;;
    2) plugin=io.containerd.grpc.v1.cri ;;
    *) fail "$CONFIG is of a version this does not know (2 and 3 are known)" ;;
  esac
  if grep -qF "containerd.runtimes.$RUNTIME]" "$CONFIG" && ! grep -qxF "$BEGIN" "$CONFIG"; then
    fail "containerd has a runtime $RUNTIME already, which is not ours; use stack.gvisor: present"
  fi
  grep -qxF "$BEGIN" "$CONFIG" && return 0
  cp "$CONFIG" "$CONFIG.new"
  # Its last line may lack an end.
  [ -z "$(tail -c 1 "$CONFIG.new")" ] || echo >>"$CONFIG.new"
  cat >>"$CONFIG.new" <<TOML
$BEGIN
[plugins."$plugin".containerd.runtimes.$RUNTIME]
  runtime_type = "io.containerd.runsc.v1"
  [plugins."$plugin".containerd.runtimes.$RUNTIME.options]
    TypeUrl = "io.containerd.runsc.v1.options"
    ConfigPath = "$RUNSC_CONFIG"
$END
TOML
  mv "$CONFIG.new" "$CONFIG"
  changed
}

configure_runsc() {
  file=$(mktemp)
  printf '[runsc_config]\n  platform = "systrap"\n' >"$file"
  put "$file" "$RUNSC_CONFIG" 644
  rm -f "$file"
  is_cos || return 0
  # containerd looks for the shim in its PATH.
  printf '[Service]\nEnvironment=PATH=/home/kubernetes/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n' >"$file"
  put "$file" /etc/systemd/system/containerd.service.d/agent-sandbox-bench.conf 644
  rm -f "$file"
}

restart_containerd() {
  [ -f "$PENDING" ] || { log "nothing changed"; return 0; }
  log "restarting containerd"
  ${SYSTEMCTL:-nsenter -t 1 -m -u -i -n -p systemctl} daemon-reload
  ${SYSTEMCTL:-nsenter -t 1 -m -u -i -n -p systemctl} restart containerd
  rm -f "$PENDING"
}

remove() {
  if [ -f "$CONFIG" ] && grep -qxF "$BEGIN" "$CONFIG"; then
    sed "/^$BEGIN\$/,/^$END\$/d" "$CONFIG" >"$CONFIG.new" && mv "$CONFIG.new" "$CONFIG"
    changed
  fi
  # Made by us, and nobody wrote to it since.
  if [ -f "$RECORD/made-config" ] && ! grep -qv '^version = [0-9]*$' "$CONFIG"; then rm -f "$CONFIG"; fi
  if [ -f "$RECORD/files" ]; then
    while read -r path; do rm -f "$HOST$path"; done <"$RECORD/files"
    changed
  fi
  rm -rf "$RECORD"
}

case ${1:-install} in
  install) install_binaries; configure_runsc; configure_containerd ;;
  remove) remove ;;
  *) fail "unknown mode $1: install or remove" ;;
esac
restart_containerd
log "done: $1"
touch "${DONE:-/tmp/done}"
# A DaemonSet's pod stays. Signals end it at once.
[ -n "${ONCE:-}" ] || { trap 'exit 0' TERM INT; sleep 2147483647 & wait; }
