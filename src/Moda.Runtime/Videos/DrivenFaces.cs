using Moda.Runtime.Workers;

namespace Moda.Runtime.Videos;

/// <summary>Faces of a video's frames on the device, and where their keypoints go. It holds the leases of those that were not taken.</summary>
internal sealed class DrivenFaces : IDisposable
{
    private readonly IReadOnlyList<LoadedPortrait> portraits;
    private readonly ReadOnlyMemory<float>[] keypoints;
    private int taken;

    /// <summary>Drives the faces, on the thread of the motion worker.</summary>
    /// <param name="portraits">The faces, each with a lease, which this object takes over.</param>
    /// <param name="indexes">The numbers of their frames.</param>
    /// <param name="driver">Says where their keypoints go.</param>
    public DrivenFaces(IReadOnlyList<LoadedPortrait> portraits, int[] indexes, IVideoDriver driver)
    {
        this.portraits = portraits;
        keypoints = new ReadOnlyMemory<float>[indexes.Length];
        try
        {
            for (int face = 0; face < indexes.Length; face++)
            {
                keypoints[face] = driver.Drive(indexes[face], portraits[face], portraits[face].Portrait.Landmarks);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>[21, 3] of each.</summary>
    public IReadOnlyList<ReadOnlyMemory<float>> Keypoints => keypoints;

    /// <summary>Takes the next one, and its lease.</summary>
    public DrivenFace Take() => new(portraits[taken], keypoints[taken++]);

    /// <summary>Gives back the leases that were not taken.</summary>
    public void Dispose()
    {
        for (; taken < portraits.Count; taken++)
        {
            portraits[taken].Release();
        }
    }
}
