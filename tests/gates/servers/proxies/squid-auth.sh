#!/bin/sh
# Tells squid whom it knows: a line "username password" is answered OK or ERR.
while read -r login; do
    [ "$login" = "@USERNAME@ @PASSWORD@" ] && echo OK || echo ERR
done
