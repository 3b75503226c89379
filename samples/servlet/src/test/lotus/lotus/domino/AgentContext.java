package lotus.domino;

public interface AgentContext {
    Document getDocumentContext() throws NotesException;
}
