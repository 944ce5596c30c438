using System.Collections.Concurrent;

namespace Moda.Samples.Blazor;

/// <summary>The videos that open pages show, in memory, by the ID in their address.</summary>
internal sealed class Videos : ConcurrentDictionary<Guid, ReadOnlyMemory<byte>>;
