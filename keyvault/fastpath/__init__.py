"""Reading one value by token in two statements. It only knows how to say yes; all else takes the ordinary road."""
