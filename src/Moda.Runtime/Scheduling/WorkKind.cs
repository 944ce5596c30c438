namespace Moda.Runtime.Scheduling;

/// <summary>What a thread of an engine does next.</summary>
internal enum WorkKind
{
    /// <summary>Nothing any more: the engine is being disposed.</summary>
    None,

    /// <summary><see cref="EngineThread.Job"/>.</summary>
    Job,

    /// <summary><see cref="EngineThread.Segments"/>.</summary>
    Segments,

    /// <summary><see cref="EngineThread.Frames"/>.</summary>
    Frames,
}
