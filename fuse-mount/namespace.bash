#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Functions that make /sys and /dev of a private mount namespace show a tree beside what the machine
# has. Read in by dsafs, which calls them inside the namespace; nothing outside changes.
#
# /dev becomes a tmpfs. The machine's /dev and /sys stay reachable below /dev/.dsafs, the tree is at
# /dev/.dsafs/tree; no other directory is covered. A namespace inside such a namespace starts again
# from the machine's.

stage=/dev/.dsafs

# Directories may be empty, and processes cost more than anything else here.
shopt -s nullglob

# has_entries DIRECTORY
has_entries() {
  local entries=("$1"/*)
  [ ${#entries[@]} -gt 0 ]
}

# First: covers /dev, with the machine's entries in it.
stage_machine() {
  local machine='' machine_sys name
  [ ! -d "$stage/dev" ] || machine=$stage
  # By descriptor, as the name may be covered when it is needed. /dev waits on /sys meanwhile: a
  # copy by descriptor would take along what covers it.
  exec {machine_sys}<"$machine/sys"
  mount --rbind "$machine/dev" /sys
  mount -t tmpfs -o mode=755 dsafs /dev
  mkdir -m 755 "$stage" "$stage"/{dev,sys,tree}
  mount --no-mtab --move /sys "$stage/dev"
  mount --no-canonicalize --rbind "/proc/self/fd/$machine_sys" "$stage/sys"
  exec {machine_sys}<&-
  [ -z "$machine" ] || mount --rbind "$stage/sys" /sys

  # What is looked at closely is the node itself; for the rest a link does, and is quick.
  for name in null zero full random urandom tty fuse; do
    if [ -c "$stage/dev/$name" ]; then
      : >"/dev/$name"
      mount --bind "$stage/dev/$name" "/dev/$name"
    fi
  done
  for name in pts shm mqueue hugepages; do
    if [ -d "$stage/dev/$name" ]; then
      mkdir "/dev/$name"
      mount --rbind "$stage/dev/$name" "/dev/$name"
    fi
  done
  find "$stage/dev" -mindepth 1 -maxdepth 1 -type l -exec cp -P -t /dev {} +
  for name in "$stage/dev"/*; do
    [ -e "/dev/${name##*/}" ] || [ -L "/dev/${name##*/}" ] || printf '%s\0' "$name"
  done | xargs -0r ln -s -t /dev
}

# Binds what is only in the tree, which makes it live and writable, and walks into directories that
# the machine has, too. There the tree's files are bound one by one: an overlay is read-only. The
# replica's own bus, drivers and module are bound whole whatever the machine has.
bind_below() {
  local path name
  for path in "$stage/tree/sys/$1"/*; do
    name=$1/${path##*/}
    if [ -f "$path" ] && [ ! -L "$path" ]; then
      mount --bind "$path" "/sys/$name"
    fi
    if [ -L "$path" ] || [ -f "$path" ]; then
      continue
    fi
    case $name in
      */dsa | */idxd) ;;
      *)
        if [ -d "$stage/sys/$name" ] && has_entries "$stage/sys/$name"; then
          bind_below "$name"
          continue
        fi
        ;;
    esac
    mount --bind "$path" "/sys/$name"
  done
}

# Each directory of /sys that the tree has, too, is covered by an overlay of both, so that the names
# of both stand side by side.
build_sys() {
  local path name
  for path in "$stage"/tree/sys/*; do
    name=${path##*/}
    # Under kernel the machine has mounts (debugfs and others), which an overlay would hide.
    if [ ! -d "$stage/sys/$name" ] || [ "$name" = kernel ] || ! has_entries "$path"; then
      continue
    fi
    mount -t overlay -o "lowerdir=$path:$stage/sys/$name" dsafs "/sys/$name"
    bind_below "$name"
  done
}

# The numbers that the tree's nodes can have.
node_numbers() {
  local major queues
  queues=("$stage"/tree/sys/bus/dsa/devices/wq*)
  sort -u /dev/null "$stage"/tree/sys/bus/dsa/devices/*/cdev_major | while read -r major; do
    seq -f "$stage/tree/dev/char/$major:%g" 0 $((${#queues[@]} - 1))
  done
}

# The tree's entries of /dev are links, as directories of nodes come and go.
build_dev() {
  local path name
  for name in dsa iax; do
    ln -sfn "$stage/tree/dev/$name" "/dev/$name"
  done
  for path in "$stage"/tree/dev/*; do
    name=${path##*/}
    [ "$name" = char ] || ln -sfn "$path" "/dev/$name"
  done
  rm -f /dev/char
  mkdir -m 755 /dev/char
  if [ -d "$stage/dev/char" ]; then
    # Both have links here. The tree's lead nowhere until there is such a node.
    find "$stage/dev/char" -mindepth 1 -maxdepth 1 -type l -exec cp -P -t /dev/char {} +
    node_numbers | xargs -r ln -sf -t /dev/char
  else
    mount --bind "$stage/tree/dev/char" /dev/char
  fi
}
