//! What a card is plugged into: read from the `device` link of `/sys/class/sound/cardN`.

use std::fs;
use std::path::{Path, PathBuf};

/// The card's socket and the numbers of its maker.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Bus {
    /// A USB device.
    Usb {
        /// Vendor.
        vendor: u16,
        /// Product.
        product: u16,
        /// Hub and socket as the kernel numbers them: `1-1.4`.
        path: String,
        /// Its serial number, if it has one that tells devices apart.
        serial: Option<String>,
    },
    /// A PCI or PCI Express device.
    Pci {
        /// Vendor.
        vendor: u16,
        /// Device.
        device: u16,
        /// Domain, bus, slot, function: `0000:03:00.0`.
        path: String,
    },
    /// Neither: a driver without hardware, or a card of the board itself.
    Other,
}

impl Bus {
    /// The maker's numbers as profiles and `lsusb` write them, `0d8c:013a`.
    pub fn id(&self) -> Option<String> {
        match self {
            Self::Usb {
                vendor, product, ..
            } => Some(format!("{vendor:04x}:{product:04x}")),
            Self::Pci { vendor, device, .. } => Some(format!("{vendor:04x}:{device:04x}")),
            Self::Other => None,
        }
    }

    /// Kind, socket and serial number in words.
    pub fn place(&self) -> String {
        match self {
            Self::Usb {
                path,
                serial: Some(serial),
                ..
            } => format!("USB socket {path}, serial {serial}"),
            Self::Usb { path, .. } => format!("USB socket {path}, no serial number"),
            Self::Pci { path, .. } => format!("PCI slot {path}"),
            Self::Other => "no bus (a driver without hardware, or part of the board)".to_owned(),
        }
    }
}

/// Follows the card's `device` link up to the first folder that names a USB or PCI device.
pub(super) fn of(root: &Path, index: u32) -> Bus {
    let link = root.join(format!("sys/class/sound/card{index}/device"));
    let Ok(start) = fs::canonicalize(link) else {
        return Bus::Other;
    };
    let mut at: Option<PathBuf> = Some(start);
    while let Some(folder) = at {
        if let Some(bus) = usb(&folder).or_else(|| pci(&folder)) {
            return bus;
        }
        at = folder.parent().map(Path::to_owned);
    }
    Bus::Other
}

fn usb(folder: &Path) -> Option<Bus> {
    let serial = text(folder, "serial").filter(|serial| tells_apart(serial));
    Some(Bus::Usb {
        vendor: hex(folder, "idVendor")?,
        product: hex(folder, "idProduct")?,
        path: name(folder)?,
        serial,
    })
}

fn pci(folder: &Path) -> Option<Bus> {
    let path = name(folder)?;
    // `vendor` and `device` exist on other buses too: a PCI folder is named 0000:03:00.0.
    if path.matches(':').count() != 2 || !path.contains('.') {
        return None;
    }
    Some(Bus::Pci {
        vendor: hex(folder, "vendor")?,
        device: hex(folder, "device")?,
        path,
    })
}

/// Cheap chips carry the same "serial number" in every piece: zeros, or a word.
fn tells_apart(serial: &str) -> bool {
    let digits = serial.chars().filter(char::is_ascii_hexdigit).count();
    digits >= 4 && serial.chars().any(|c| c.is_ascii_digit() && c != '0')
}

fn name(folder: &Path) -> Option<String> {
    Some(folder.file_name()?.to_str()?.to_owned())
}

fn text(folder: &Path, file: &str) -> Option<String> {
    let text = fs::read_to_string(folder.join(file)).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn hex(folder: &Path, file: &str) -> Option<u16> {
    let text = text(folder, file)?;
    u16::from_str_radix(text.strip_prefix("0x").unwrap_or(&text), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_number_that_every_piece_carries_is_none() {
        assert!(tells_apart("Y8XYZ1234567"));
        assert!(!tells_apart("000000000000") && !tells_apart("USB Audio") && !tells_apart("1"));
    }
}
