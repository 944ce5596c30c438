using Xunit;

namespace Moda.Runtime.Tests.Engine;

/// <summary>Tests that look at the whole process: its heap, its threads, failures that nobody awaited. No other test runs beside them.</summary>
[CollectionDefinition(nameof(AloneInProcess), DisableParallelization = true)]
public sealed class AloneInProcess;
