#!/usr/bin/perl
# The load generator: closed loop, raw sockets, no pipelining. Each connection sends its next request when the last answer
# is complete. In Perl, which every Debian has, because Node's own sockets cost more than what is measured: with the
# same engine they reached a quarter of these new connections.
#
#     load.pl rate  PLACE PATH CONNECTIONS SECONDS   requests on connections that stay open
#     load.pl fresh PLACE PATH CONNECTIONS SECONDS   a new connection for each request
#     load.pl drain PLACE PATH                       one answer to its end
#     load.pl hold  PLACE PATH CONNECTIONS           waits for the first bytes of each body, says so, holds until stdin ends
#
# PLACE is unix:PATH or HOST:PORT. Prints a line of JSON. Any status but 200, and any cut answer, ends it with an error.
use strict;
use warnings;
use Socket qw(:DEFAULT IPPROTO_TCP TCP_NODELAY);
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

my ($kind, $place, $path, $connections, $seconds) = @ARGV;
my $request = "GET $path HTTP/1.1\r\nHost: docker\r\nUser-Agent: bench\r\n\r\n";
$SIG{PIPE} = 'IGNORE';

sub now { return clock_gettime(CLOCK_MONOTONIC) }

my $address;
if (my ($file) = $place =~ /^unix:(.+)$/) {
    $address = sockaddr_un($file);
} elsif (my ($host, $port) = $place =~ /^([\d.]+):(\d+)$/) {
    $address = sockaddr_in($port, inet_aton($host));
} else {
    die "$place is not unix:PATH or HOST:PORT\n";
}

sub dial {
    my $family = sockaddr_family($address);
    socket(my $socket, $family, SOCK_STREAM, 0) or die "socket: $!\n";
    connect($socket, $address) or die "connect: $!\n";
    setsockopt($socket, IPPROTO_TCP, TCP_NODELAY, 1) if $family == AF_INET;
    return $socket;
}

sub ask {
    my ($socket) = @_;
    my $sent = syswrite($socket, $request) // 0;
    die "write: $!\n" if $sent != length $request;
    return;
}

# Checks a head that is whole, and gives the body's length; undef if it comes in chunks.
sub framing {
    my ($head) = @_;
    $head =~ /^HTTP\/1\.1 200 / or die 'answered with ' . substr($head, 0, 200) . "\n";
    return $1 if $head =~ /\r\nContent-Length: (\d+)\r\n/i;
    $head =~ /\r\nTransfer-Encoding: chunked\r\n/i or die "an answer without length:\n$head\n";
    return;
}

# Whether the answer that starts at the start of {text} is whole; {at} is how far it was followed already.
sub whole {
    my ($one) = @_;
    if (!$one->{at}) {
        my $end = index $one->{text}, "\r\n\r\n";
        return 0 if $end < 0;
        my $length = framing(substr $one->{text}, 0, $end + 2);
        $one->{at} = $end + 4 + ($length // 0);
        $one->{chunked} = !defined $length;
    }
    while ($one->{chunked}) {
        pos($one->{text}) = $one->{at};
        return 0 if $one->{at} > length $one->{text} || $one->{text} !~ /\G([0-9a-fA-F]{1,8})\r\n/gc;
        $one->{at} = pos($one->{text}) + 2 + hex $1;
        $one->{chunked} = 0 if hex $1 == 0;
    }
    die "bytes after the end of an answer\n" if length $one->{text} > $one->{at};
    return length $one->{text} == $one->{at};
}

sub load {
    my ($fresh) = @_;
    my ($all, %open) = ('');
    my @taken;
    my $join = sub {
        my $started = now();
        my $socket = dial();
        vec($all, fileno $socket, 1) = 1;
        $open{fileno $socket} = { socket => $socket, text => '', at => 0, started => $started };
        return fileno $socket;
    };
    my @first = map { $join->() } 1 .. $connections;
    for my $one (@open{@first}) {
        $one->{started} = now();
        ask($one->{socket});
    }
    # The clock starts when the first answers are there, as many as connections: from then on the number of answers does
    # not depend on where in a wave of them it stops. It stops after two more waves at the earliest.
    my $now = my $began = now();
    my $warm = 0;
    while (!$warm || $now < $began + $seconds || @taken < 2 * $connections) {
        my $ready = select my $readable = $all, undef, undef, 30;
        die "no answer in 30 s\n" if $ready == 0;
        for my $number (keys %open) {
            next if !vec $readable, $number, 1;
            my $one = $open{$number};
            my $got = sysread $one->{socket}, $one->{text}, 262_144, length $one->{text};
            die "the connection ended within an answer\n" if !$got;
            next if !whole($one);
            $now = now();
            push @taken, $now - $one->{started};
            if ($fresh) {
                vec($all, $number, 1) = 0;
                delete $open{$number};
                close $one->{socket};
                ask($open{ $join->() }{socket});
            } else {
                @{$one}{qw(text at started)} = ('', 0, $now);
                ask($one->{socket});
            }
            if (!$warm && @taken >= $connections) {
                ($warm, $began, @taken) = (1, $now);
            }
        }
    }
    my @sorted = sort { $a <=> $b } @taken;
    printf qq({"rate":%.1f,"p50":%.4f,"p99":%.4f,"count":%d}\n), @taken / ($now - $began),
        1000 * $sorted[ @sorted * 0.5 ], 1000 * $sorted[ @sorted * 0.99 ], scalar @taken;
    return;
}

# The logs are the benchmark's own: what ends a chunked body does not occur in them. So nothing is parsed here.
sub drain {
    my $socket = dial();
    my $began = now();
    ask($socket);
    my ($text, $tail) = ('', '');
    framing($text) if sysread($socket, $text, 1_048_576);
    while (($tail = substr $tail . substr($text, -5), -5) ne "0\r\n\r\n") {
        sysread $socket, $text, 1_048_576 or die "the connection ended within an answer\n";
    }
    printf qq({"seconds":%.4f}\n), now() - $began;
    return;
}

sub hold {
    my @sockets = map { my $socket = dial(); ask($socket); $socket } 1 .. $connections;
    for my $socket (@sockets) {
        my $text = '';
        while ($text !~ /\r\n\r\n./s) {
            sysread $socket, $text, 65_536, length $text or die "the connection ended before its body\n";
        }
        framing($text);
    }
    $| = 1;
    printf qq({"open":%d}\n), scalar @sockets;
    <STDIN>;
    return;
}

my %kinds = (rate => sub { load(0) }, fresh => sub { load(1) }, drain => \&drain, hold => \&hold);
($kinds{$kind} // die "$kind is none of: @{[sort keys %kinds]}\n")->();
