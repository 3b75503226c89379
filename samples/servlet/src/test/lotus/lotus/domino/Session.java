package lotus.domino;

public interface Session {
    AgentContext getAgentContext() throws NotesException;
    String getEffectiveUserName() throws NotesException;
}
