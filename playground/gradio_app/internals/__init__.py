"""The only place that touches what Gradio (6.31) does not promise: one module a trick.

Each says what it does, why, what was measured, and what happens without it; each has a test of its
own in `tests/gradio_app/internals/`, which fails when Gradio changes under it. With
PLAYGROUND_PLAIN_GRADIO=1 all of them are off: everything still works, more slowly (`switch`).
Only what keeps answers from pages of other sites stands (`layers.put_outermost`).

    absence       the search for matplotlib before every redraw    remembered
    addresses     Gradio's own routes                              named: allowed, refused, cached
    arguments     calls with too few or too many values, or of     refused in a sentence
                  what happens in the page alone
    closing       the end of the server                             as soon as all were told
    layers        our layers                                        in front of Gradio's own
    listeners     what nobody listens to                          ended, and limited
    one_app       the apps that Gradio makes of the page            one, when it is served
    open_page     the call that every opened page makes             answered once for all
    page          the scripts of Gradio's page                      fetched after ours is shown;
                  a timer in every open page                     ended
    prints        what Gradio prints of errors                    a line of the log
    queue         Gradio's queue                                    looks less often, forgets
    sessions      what is kept of every session                     without a copy of the page
    signatures    how components are made                           remembered
    stubs         the stub files that importing Gradio writes       left out
    words         what components say                               in the visitor's language
"""
