namespace Moda.Runtime.Scheduling;

/// <summary>What a thread of an engine does next.</summary>
internal enum WorkKind
{
    /// <summary>Nothing any more: the engine is being disposed.</summary>
    None,

    /// <summary>Nothing yet: something may begin later.</summary>
    Later,

    /// <summary><see cref="ThreadWork.Job"/>.</summary>
    Job,

    /// <summary><see cref="ThreadWork.Segments"/>.</summary>
    Segments,

    /// <summary><see cref="ThreadWork.Frames"/>.</summary>
    Frames,
}
