package lotus.domino;

public abstract class AgentBase {
    public abstract void NotesMain();

    public native Session getSession();
}
