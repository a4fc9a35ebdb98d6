%% Messages to a process on another Erlang node of this machine.
%%
%% Reads commands, one a line, and answers each with a line of numbers:
%%
%%     ask SECONDS        round trips of 32 bytes: p50, p99 and p99.9 in nanoseconds
%%     send SIZE SECONDS  messages one way: how many, nanoseconds
-module(messages).
-export([main/1, serve/3]).

%% Code is this module, compiled, for the other node.
main(Code) ->
    {ok, Peer, Node} = peer:start_link(#{
        name => "child",
        host => "127.0.0.1",
        longnames => true,
        args => ["-start_epmd", "false", "-setcookie", atom_to_list(erlang:get_cookie())]
    }),
    {module, ?MODULE} = erpc:call(Node, code, load_binary, [?MODULE, "messages.erl", Code]),
    Child = spawn_link(Node, ?MODULE, serve, [0, 0, 0]),
    commands(Child),
    peer:stop(Peer),
    halt(0).

commands(Child) ->
    case io:get_line("") of
        eof ->
            ok;
        Line ->
            Numbers = command(string:lexemes(string:trim(Line), " "), Child),
            io:format("~s~n", [lists:join(" ", [integer_to_list(N) || N <- Numbers])]),
            commands(Child)
    end.

command(["ask", Seconds], Child) ->
    Now = now_nanos(),
    Measured = lists:sort(ask(Child, binary:copy(<<7>>, 32), Now, Now + nanos(Seconds), [])),
    Count = length(Measured),
    [lists:nth((Share * Count + 999) div 1000, Measured) || Share <- [500, 990, 999]];
command(["send", Size, Seconds], Child) ->
    Body = binary:copy(<<7>>, list_to_integer(Size)),
    Start = now_nanos(),
    Sent = send(Child, Body, Start + nanos(Seconds), 0),
    Child ! {report, self()},
    Expected = {Sent, Sent * byte_size(Body), 0},
    receive
        {report, Expected} -> [Sent, now_nanos() - Start];
        {report, Other} -> exit({expected, Expected, but, Other})
    end.

ask(Child, Question, Asked, End, Measured) when Asked < End ->
    Child ! {ask, self(), Question},
    receive
        {answer, Question} -> ok
    end,
    Answered = now_nanos(),
    ask(Child, Question, Answered, End, [Answered - Asked | Measured]);
ask(_, _, _, _, Measured) ->
    Measured.

send(Child, Body, End, Sent) ->
    Count = max(1, min(256, 16384 div byte_size(Body))),
    [Child ! {Sent + Place, Body} || Place <- lists:seq(0, Count - 1)],
    case now_nanos() < End of
        true -> send(Child, Body, End, Sent + Count);
        false -> Sent + Count
    end.

%% The child: counts what comes one way, answers questions, reports.
serve(Count, Size, Misplaced) ->
    receive
        {ask, From, Question} ->
            From ! {answer, Question},
            serve(Count, Size, Misplaced);
        {report, From} ->
            From ! {report, {Count, Size, Misplaced}},
            serve(0, 0, 0);
        {Count, Body} ->
            serve(Count + 1, Size + byte_size(Body), Misplaced);
        {_, Body} ->
            serve(Count + 1, Size + byte_size(Body), Misplaced + 1)
    end.

now_nanos() ->
    erlang:monotonic_time(nanosecond).

nanos(Seconds) ->
    case string:to_float(Seconds) of
        {error, no_float} -> list_to_integer(Seconds) * 1000000000;
        {Float, _} -> round(Float * 1.0e9)
    end.
