package lotus.domino;

public class NotesException extends Exception {
    public int id;
    public String text;
}
