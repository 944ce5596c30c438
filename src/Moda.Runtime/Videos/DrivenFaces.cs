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
    /// <param name="places">The frame of each, and its number among the faces that were followed.</param>
    /// <param name="driver">Says where their keypoints go.</param>
    public DrivenFaces(IReadOnlyList<LoadedPortrait> portraits, (int Frame, int Face)[] places, IVideoDriver driver)
    {
        this.portraits = portraits;
        keypoints = new ReadOnlyMemory<float>[places.Length];
        try
        {
            for (int i = 0; i < places.Length; i++)
            {
                keypoints[i] = driver.Drive(places[i].Frame, places[i].Face, portraits[i], portraits[i].Portrait.Landmarks);
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

    /// <summary>Takes the next ones, and their leases.</summary>
    /// <param name="count">How many; 0 or more.</param>
    public DrivenFace[] Take(int count)
    {
        var faces = new DrivenFace[count];
        for (int face = 0; face < count; face++)
        {
            faces[face] = new DrivenFace(portraits[taken], keypoints[taken++]);
        }

        return faces;
    }

    /// <summary>Gives back the leases that were not taken.</summary>
    public void Dispose()
    {
        for (; taken < portraits.Count; taken++)
        {
            portraits[taken].Release();
        }
    }
}
