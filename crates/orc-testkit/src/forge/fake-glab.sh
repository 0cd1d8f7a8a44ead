#!/usr/bin/env bash
# In place of glab, with the arguments and the output that tmux-orc relies on: `auth status`, and `api --include`.
set -u
if [ "$1 $2" = "auth status" ]; then exit "${FAKE_GLAB_LOGIN:-0}"; fi
[ "$1" = api ] || exit 2
shift
method=GET input='' endpoint=''
while [ $# -gt 0 ]; do
    case $1 in
    --method) method=$2; shift 2 ;;
    --input) input=$2; shift 2 ;;
    --hostname | --header) shift 2 ;;
    --include) shift ;;
    -*) echo "glab: unknown flag $1" >&2; exit 2 ;;
    *) endpoint=$1; shift ;;
    esac
done
exec 3<>/dev/tcp/127.0.0.1/@PORT@ || exit 1
length=0
[ -n "$input" ] && length=$(wc -c <"$input")
printf '%s /api/v4/%s HTTP/1.1\r\nHost: gitlab.localhost\r\nContent-Length: %d\r\nConnection: close\r\n\r\n' \
    "$method" "$endpoint" "$length" >&3
[ -n "$input" ] && cat "$input" >&3
reply=$(cat <&3)
if [ -z "$reply" ]; then
    echo "glab: the connection was closed" >&2
    exit 1
fi
printf '%s' "$reply"
case $reply in "HTTP/1.1 2"*) exit 0 ;; esac
echo "glab: HTTP error" >&2
exit 1
