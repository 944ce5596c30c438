using Moda.Testing;
using Xunit;

namespace Moda.Weights.Tests;

/// <summary>The weights that come with the repository.</summary>
public sealed class OpenCheckpointTests
{
    private static readonly string Committed = TestData.Path("..", "..", "open-checkpoint");

    [Fact]
    public void Its_files_are_what_its_description_says_and_small()
    {
        IReadOnlyList<NetworkVerification> results = WeightVerifier.Verify(Committed, cancellation: TestContext.Current.CancellationToken);

        Assert.Equal(
            ["audio_encoder", "motion_generator", "appearance_feature_extractor", "motion_extractor", "warping_module", "spade_generator", "stitching_retargeting"],
            results.Select(result => result.Network));
        Assert.All(results, result => Assert.Empty(result.Problems));
        Assert.InRange(Directory.GetFiles(Committed).Sum(file => new FileInfo(file).Length), 1, 32_000_000);
    }

    [Fact]
    public void It_is_found_beside_a_program_that_carries_it_and_nowhere_else()
    {
        using var folder = new TemporaryFolder();
        Assert.Null(OpenCheckpoint.Find(folder.Path));

        Directory.CreateSymbolicLink(folder.File("open-checkpoint"), Path.GetFullPath(Committed));

        Assert.Equal(folder.File("open-checkpoint"), OpenCheckpoint.Find(folder.Path));
    }
}
