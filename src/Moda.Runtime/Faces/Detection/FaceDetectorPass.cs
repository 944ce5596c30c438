using Moda.Kernels;
using Moda.Kernels.Forwards;
using Moda.Runtime.Imaging;
using Moda.Runtime.Networks.FaceDetection;

namespace Moda.Runtime.Faces.Detection;

/// <summary>The detector planned for one input size. It finds boxes in a letterboxed image.</summary>
internal sealed class FaceDetectorPass : IDisposable
{
    private readonly Device device;
    private readonly ForwardPass<(Tensor Image, Tensor Cells)> pass;
    private readonly float[] image;
    private readonly float[] cells;
    private readonly int size;

    /// <summary>Plans the detector for square inputs.</summary>
    /// <param name="device">The device that runs the network.</param>
    /// <param name="detector">The network.</param>
    /// <param name="size">The input's side, a multiple of 32.</param>
    public FaceDetectorPass(Device device, TinyFaceDetector detector, int size)
    {
        this.device = device;
        this.size = size;
        pass = new(device, workspace =>
        {
            Tensor input = workspace.Allocate(1, size, size, RgbImage.Channels);
            return (input, detector.Forward(workspace, input));
        });
        image = new float[pass.Ports.Image.Shape.ElementCount];
        cells = new float[pass.Ports.Cells.Shape.ElementCount];
    }

    /// <summary>Finds boxes in a rotated image.</summary>
    /// <param name="input">The image.</param>
    /// <param name="width">The width.</param>
    /// <param name="height">The height.</param>
    /// <param name="angle">The clockwise rotation of the image before detection, in radians.</param>
    /// <param name="threshold">The lowest score.</param>
    /// <param name="candidates">Receives the candidates, in pixels of the image.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    public void Run(
        NetworkInput input, int width, int height, double angle, float threshold, List<FaceCandidate> candidates, CancellationToken cancellationToken)
    {
        // The detector was trained on images in the top left corner of a square. A rotated image is centred instead.
        (double sine, double cosine) = Math.SinCos(angle);
        double turnedWidth = Math.Abs(width * cosine) + Math.Abs(height * sine);
        double turnedHeight = Math.Abs(width * sine) + Math.Abs(height * cosine);
        double scale = size / Math.Max(turnedWidth, turnedHeight);
        double middleX = (width - 1) / 2.0;
        double middleY = (height - 1) / 2.0;
        var toSquare = new AffineTransform(
            scale * cosine,
            -scale * sine,
            scale * (turnedWidth / 2 - cosine * middleX + sine * middleY) - 0.5,
            scale * sine,
            scale * cosine,
            scale * (turnedHeight / 2 - sine * middleX - cosine * middleY) - 0.5);
        input.Sample(toSquare, size, TinyFaceDetector.Mean, image);
        device.Write(image, pass.Ports.Image);
        pass.Run(cancellationToken);
        device.Read(pass.Ports.Cells, cells);
        Decode(toSquare.Invert(), (float)scale, (float)angle, threshold, candidates);
    }

    public void Dispose() => pass.Dispose();

    private void Decode(AffineTransform toImage, float scale, float angle, float threshold, List<FaceCandidate> candidates)
    {
        int side = size / TinyFaceDetector.CellSize;
        ReadOnlySpan<(float Width, float Height)> anchors = TinyFaceDetector.Anchors;
        int values = anchors.Length * TinyFaceDetector.BoxValues;
        for (int cell = 0; cell < side * side; cell++)
        {
            for (int anchor = 0; anchor < anchors.Length; anchor++)
            {
                ReadOnlySpan<float> box = cells.AsSpan(cell * values + anchor * TinyFaceDetector.BoxValues, TinyFaceDetector.BoxValues);
                float score = Sigmoid(box[4]);
                if (score < threshold)
                {
                    continue;
                }

                var centre = new System.Numerics.Vector2(
                    (cell % side + Sigmoid(box[0])) * TinyFaceDetector.CellSize - 0.5f,
                    (cell / side + Sigmoid(box[1])) * TinyFaceDetector.CellSize - 0.5f);
                float width = MathF.Exp(box[2]) * anchors[anchor].Width * TinyFaceDetector.CellSize / scale;
                float height = MathF.Exp(box[3]) * anchors[anchor].Height * TinyFaceDetector.CellSize / scale;
                System.Numerics.Vector2 place = toImage.Apply(centre);
                candidates.Add(new FaceCandidate(new FaceBox(place.X - width / 2, place.Y - height / 2, width, height), score, -angle));
            }
        }
    }

    private static float Sigmoid(float value) => 1 / (1 + MathF.Exp(-value));
}

/// <summary>A detected box whose landmarks are not known yet.</summary>
/// <param name="Box">The box in pixels of the image.</param>
/// <param name="Score">The detector's score, 0 to 1.</param>
/// <param name="Angle">The estimated clockwise rotation of the face, in radians.</param>
internal readonly record struct FaceCandidate(FaceBox Box, float Score, float Angle);
