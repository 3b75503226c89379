//! The words that a script must not give to anything of its own.

/// The keywords of the language's reference.
const RESERVED: &str = "
    abs access acos activateapp alias and any append arrayappend arraygetindex arrayreplace
    arrayunique as asc asin atn atn2 base beep bin binary bind boolean bracket byte byval call case
    cbool cbyte ccur cdat cdbl chdir chdrive chr cint class clng close command compare const cos
    csng cstr curdir curdrive currency cvar cvdate datatype date datenumber datevalue day declare
    defbool defbyte defcur defdbl defint deflng defsng defstr defvar delete destroylock dim dir do
    double else elseif end environ eof eqv erase erl err error evaluate event execute exit exp
    explicit false fileattr filecopy filedatetime filelen fix for forall format fraction freefile
    from fulltrim function get getfileattr getthreadinfo gosub goto hex hour if imestatus imp
    implode in input inputb inputbox inputbp instr instrb instrbp instrc int integer is isa isarray
    isdate isdefined iselement isempty islist isnull isnumeric isobject isscalar isunknown join
    kill lbound lcase left leftb leftbp leftc len lenb lenbp lenc let lib like line list listtag
    lmbcs loc lock lof log long loop lset lsserver ltrim me messagebox mid midb midbp midc minute
    mkdir mod month msgbox name new next nocase nopitch not nothing now null oct on open option or
    output password pi pitch preserve print private property public published put random randomize
    read redim rem remove replace reset resume return right rightb rightbp rightc rmdir rnd round
    rset rtrim run second seek select sendkeys set setfileattr sgn shared shell sin single sleep
    space spc split sqr static step stop str strcomp strconv string strleft strleftback strright
    strrightback strtoken sub tab tan then time timenumber timer timevalue to today trim true type
    typename ubound ucase uchr uni unicode unlock until use uselsx ustring val variant weekday wend
    while width with write xor year yield";

pub fn is_reserved(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    RESERVED.split_ascii_whitespace().any(|reserved| reserved == word)
}
