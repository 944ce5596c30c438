using Moda.Kernels;
using Moda.Runtime.Imaging;

namespace Moda.Parity.Cases;

/// <summary>From labels of the face parser to the mask of the face.</summary>
internal sealed class FaceMaskCase : IParityCase
{
    public string Kind => "face_mask";

    public double Tolerance(ElementType precision) => 0;

    public IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference)
    {
        HostTensor labels = reference.Input("labels");
        byte[] mask = new byte[labels.Values.Length];
        new FaceMask(labels.Extents[1], labels.Extents[0]).FromLabels(Array.ConvertAll(labels.Values, value => (byte)value), mask);
        return new Dictionary<string, HostTensor> { ["mask"] = ImageValues.ToHostTensor(mask, labels.Extents) };
    }
}
