using System.Numerics;
using Moda.Kernels;
using Moda.Kernels.Forwards;
using Moda.Runtime.Imaging;
using Moda.Runtime.Networks.FaceDetection;
using Moda.Runtime.Options;

namespace Moda.Runtime.Faces.Detection;

/// <summary>
/// Finds landmarks by repeated alignment. The network first sees the detector's box, then squares that are aligned with the landmarks it
/// found before.
/// </summary>
internal sealed class FaceLandmarkPass : IDisposable
{
    /// <summary>The smallest square that holds all landmarks.</summary>
    public static readonly FaceRegionOptions Tight = new(1, 0, 0);

    /// <summary>
    /// The number of network runs: the first on the detector's box, the others on aligned squares. After four runs, points move by much
    /// less than a percent of the face.
    /// </summary>
    private const int Looks = 4;

    /// <summary>
    /// When landmarks still move by more than this share of the distance between the eyes, the candidate is not a face. On faces the share
    /// is at most 0.05.
    /// </summary>
    private const float UnrestLimit = 0.08f;

    /// <summary>
    /// The landmarks of a face extend over 0.6 to 1 of the detector's box. Landmarks outside these wider limits do not belong to a face.
    /// </summary>
    private const double LowestExtent = 0.45, HighestExtent = 1.4;

    /// <summary>The largest rotation of a face, in radians.</summary>
    private const double HighestTurn = Math.PI / 3;

    /// <summary>
    /// The side of the aligned square, relative to the larger extent of the landmarks. The values 1.0 and 1.1 followed rotated faces less
    /// well.
    /// </summary>
    private const double Aligned = 1.2;

    private readonly Device device;
    private readonly ForwardPass<(Tensor Crop, Tensor Points)> pass;
    private readonly float[] crop;
    private readonly float[] output;

    /// <summary>Plans the network.</summary>
    public FaceLandmarkPass(Device device, FaceLandmarkNetwork network)
    {
        this.device = device;
        pass = new(device, workspace =>
        {
            Tensor input = workspace.Allocate(1, FaceLandmarkNetwork.InputSize, FaceLandmarkNetwork.InputSize, RgbImage.Channels);
            return (input, network.Forward(workspace, input));
        });
        crop = new float[pass.Ports.Crop.Shape.ElementCount];
        output = new float[pass.Ports.Points.Shape.ElementCount];
    }

    /// <summary>Finds the landmarks of a candidate.</summary>
    /// <param name="input">The image.</param>
    /// <param name="candidate">The candidate's box.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    /// <returns>68 landmarks; null when the candidate is not a face.</returns>
    public FaceLandmarks? Run(NetworkInput input, FaceCandidate candidate, CancellationToken cancellationToken)
    {
        FaceBox box = candidate.Box;
        var region = new FaceRegion(box.CentreX, box.CentreY, Math.Max(box.Width, box.Height), candidate.Angle);
        FaceLandmarks landmarks = Look(input, region, cancellationToken);
        for (int look = 1; look < Looks; look++)
        {
            FaceLandmarks before = landmarks;
            FaceRegion tight = FaceRegion.FromLandmarks(before, Tight);
            if (!Fits(tight, region))
            {
                return null;
            }

            landmarks = Look(input, tight with { Side = tight.Side * Aligned }, cancellationToken);
            if (look == Looks - 1 && Unrest(before, landmarks) > UnrestLimit)
            {
                return null;
            }
        }

        return Fits(FaceRegion.FromLandmarks(landmarks, Tight), region) ? landmarks : null;
    }

    /// <summary>Finds the landmarks of a face that has moved a little.</summary>
    /// <param name="input">The image.</param>
    /// <param name="before">The landmarks before the movement.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    /// <returns>68 landmarks; null when the face is gone.</returns>
    public FaceLandmarks? Follow(NetworkInput input, FaceLandmarks before, CancellationToken cancellationToken)
    {
        FaceRegion start = FaceRegion.FromLandmarks(before, Tight);
        FaceRegion place = start with { Side = start.Side * Aligned };
        FaceLandmarks landmarks = before;
        for (int look = 0; look < Looks; look++)
        {
            FaceRegion tight = FaceRegion.FromLandmarks(landmarks, Tight);
            FaceLandmarks seen = Look(input, tight with { Side = tight.Side * Aligned }, cancellationToken);
            if (!Fits(FaceRegion.FromLandmarks(seen, Tight), place))
            {
                return null;
            }

            // The first run may still show movement. Two runs that agree have found the face.
            if (look > 0 && Unrest(landmarks, seen) <= UnrestLimit)
            {
                return seen;
            }

            landmarks = seen;
        }

        return null;
    }

    public void Dispose() => pass.Dispose();

    private FaceLandmarks Look(NetworkInput input, FaceRegion region, CancellationToken cancellationToken)
    {
        AffineTransform toCrop = region.ToCrop(FaceLandmarkNetwork.InputSize);
        input.Sample(toCrop, FaceLandmarkNetwork.InputSize, FaceLandmarkNetwork.Mean, crop);
        device.Write(crop, pass.Ports.Crop);
        pass.Run(cancellationToken);
        device.Read(pass.Ports.Points, output);
        AffineTransform toImage = toCrop.Invert();
        var points = new Vector2[output.Length / 2];
        for (int i = 0; i < points.Length; i++)
        {
            var inCrop = new Vector2(output[2 * i], output[2 * i + 1]) * FaceLandmarkNetwork.InputSize;
            points[i] = toImage.Apply(inCrop);
        }

        return new FaceLandmarks(points);
    }

    /// <summary>Whether the square around the landmarks fits the detector's box.</summary>
    private static bool Fits(FaceRegion tight, FaceRegion box)
    {
        double x = tight.CentreX - box.CentreX;
        double y = tight.CentreY - box.CentreY;
        return tight.Side >= LowestExtent * box.Side
            && tight.Side <= HighestExtent * box.Side
            && Math.Sqrt(x * x + y * y) <= box.Side / 2
            && Math.Abs(tight.Angle) <= HighestTurn;
    }

    private static float Unrest(FaceLandmarks before, FaceLandmarks after)
    {
        float moved = 0;
        for (int i = 0; i < after.Points.Length; i++)
        {
            moved += Vector2.Distance(before.Points[i], after.Points[i]);
        }

        float eyes = Vector2.Distance(after.Points[36], after.Points[45]);
        return moved / after.Points.Length / eyes;
    }
}
